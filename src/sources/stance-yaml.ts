/** `stance.yaml`: what the organisation declares about itself, read into settings with errors that say where and what. */
import type { EnvironmentKind, FirstAnswers, Settings } from '../engine/evidence/settings.ts';
import { StanceError } from '../errors.ts';
import { interpolate } from './environment-variables.ts';
import { policyProblems } from './policy-file-problems.ts';
import type { Input, SourceFormat, SourceItem } from './source.ts';
import { type SettingsProblem, schemaProblems } from './stance-problems.ts';
import { type StanceFile, stanceSchema } from './stance-schema.ts';
import { readStructured, readWholeText, type StructuredDocument } from './structured-document.ts';

export const stanceYaml: SourceFormat = { id: 'stance-yaml', title: 'stance.yaml', kind: 'settings', detect, read };

/** Problems shown of one file. */
const problemsShown = 20;

function detect(head: string, name: string): number {
  if (/(?:^|[/\\])stance\.ya?ml$/i.test(name)) return 1;
  return /^# yaml-language-server: \$schema=\S*stance\.schema\.json/m.test(head) ? 0.95 : 0;
}

async function* read(input: Input): AsyncGenerator<readonly SourceItem[]> {
  const text = await readWholeText(input);
  yield [{ kind: 'settings', settings: readSettings(text, { file: input.name, variables: process.env }), text }];
}

export interface SettingsSource {
  /** Name to show in errors. */
  readonly file: string;
  /** What `${NAME}` stands for. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Settings of a `stance.yaml`. An empty file is empty settings.
 * @throws StanceError `config-invalid` with line, column and what was expected for each problem.
 */
export function readSettings(text: string, source: SettingsSource): Settings {
  const checked = checkSettings(text, source);
  if (checked.settings !== null) return checked.settings;
  const shown = checked.problems.slice(0, problemsShown).map(({ line, column, message }) => `${source.file}:${line}:${column}  ${message}`);
  const more = checked.problems.length - shown.length;
  throw new StanceError('config-invalid', {
    message: `${source.file} cannot be used.\n${shown.join('\n')}${more > 0 ? `\nand ${more} more` : ''}`,
    unchanged: 'The settings that were in force stay in force.',
    next: 'Correct the places named; `stance config explain` lists every key.',
  });
}

export type SettingsCheck =
  | { readonly settings: Settings; readonly problems: readonly [] }
  | { readonly settings: null; readonly problems: readonly SettingsProblem[] };

/** Settings, or what is wrong with each place; never throws for what a text holds. */
export function checkSettings(text: string, { variables }: SettingsSource): SettingsCheck {
  const document = readStructured(text);
  const broken = document.problems.filter(({ isMinor }) => isMinor !== true);
  if (broken.length > 0) return { settings: null, problems: broken };
  const filled = interpolate(document, variables);
  if (filled.problems.length > 0) return { settings: null, problems: filled.problems };
  const parsed = stanceSchema.safeParse(filled.value ?? {});
  if (!parsed.success) return { settings: null, problems: schemaProblems(parsed.error, { document, value: filled.value }) };
  const unclear = [...unclearEnvironments(parsed.data, document), ...unclearPolicy(parsed.data, document)];
  if (unclear.length > 0) return { settings: null, problems: unclear };
  return { settings: settingsOf(parsed.data), problems: [] };
}

function unclearEnvironments(file: StanceFile, document: StructuredDocument): SettingsProblem[] {
  return Object.entries(file.environments ?? {})
    .filter(([name, { kind }]) => kind === undefined && environmentKind(name) === null)
    .map(([name]) => ({
      ...document.positionOf(['environments', name]),
      message: `environments.${name}: expected \`kind\` (production, staging, test or development), because the name does not tell it`,
    }));
}

function unclearPolicy({ policy }: StanceFile, document: StructuredDocument): SettingsProblem[] {
  if (policy === undefined || typeof policy === 'string') return [];
  return policyProblems(policy).map(({ at, message }) => {
    const path = ['policy', ...at];
    return { ...document.positionOf(path), message: `${path.join('.')}: ${message}` };
  });
}

/** The kind that an environment's name or a host tells, null when it tells none. */
export function environmentKind(name: string): EnvironmentKind | null {
  if (/(?:^|[^a-z])(?:pre-?prod|staging|stage|stg|preview)(?:[^a-z]|\d|$)/i.test(name)) return 'staging';
  if (/(?:^|[^a-z])(?:test|testing|tst|qa|uat|sit|sandbox|integration|e2e|ci)(?:[^a-z]|\d|$)/i.test(name)) return 'test';
  if (/(?:^|[^a-z])(?:dev|develop|development|local|localhost)(?:[^a-z]|\d|$)/i.test(name)) return 'development';
  return /(?:^|[^a-z])(?:prod|production|prd|live)(?:[^a-z]|\d|$)/i.test(name) ? 'production' : null;
}

function settingsOf(file: StanceFile): Settings {
  return {
    ...(file.project === undefined ? {} : { project: file.project }),
    specs: file.specs ?? [],
    docs: file.docs ?? [],
    organisation: {
      name: file.organisation?.name ?? null,
      staff: file.organisation?.staff ?? null,
      sector: file.organisation?.sector ?? null,
      places: file.organisation?.places ?? [],
    },
    environments: Object.entries(file.environments ?? {}).map(([name, { kind, hosts }]) => ({
      name,
      kind: kind ?? environmentKind(name) ?? 'production',
      hosts: lower(hosts),
    })),
    apis: Object.entries(file.apis ?? {}).map(([name, stated]) => ({
      name,
      hosts: lower(stated.hosts),
      paths: stated.paths ?? [],
      audience: stated.audience ?? null,
      owner: stated.owner ?? null,
      purpose: stated.purpose ?? null,
      dataLevel: stated['data-level'] ?? null,
      publicOperations: stated['public-operations'] ?? [],
      specs: stated.specs ?? [],
      docs: stated.docs ?? [],
      supplier: stated.supplier ?? null,
      contract: stated.contract ?? null,
      renewal: stated.renewal ?? null,
    })),
    people: Object.entries(file.people ?? {}).map(([id, { name, team, active }]) => ({
      id,
      name: name ?? id,
      team: team ?? null,
      active: active ?? true,
    })),
    roles: Object.entries(file.roles ?? {}).map(([role, stated]) => ({
      role,
      person: stated.person ?? null,
      deputy: stated.deputy ?? null,
      acceptedOn: stated['accepted-on'] ?? null,
      alsoBuilds: stated['also-builds'] ?? null,
    })),
    plans: Object.entries(file.plans ?? {}).map(([kind, stated]) => ({
      kind,
      location: stated.location,
      owner: stated.owner ?? null,
      reviewedOn: stated['reviewed-on'] ?? null,
      exercisedOn: stated['exercised-on'] ?? null,
    })),
    attestations: (file.attestations ?? []).map((stated) => ({ ...stated, link: stated.link ?? null, share: stated.share ?? 1 })),
    waivers: file.waivers ?? [],
    notApplicable: (file['not-applicable'] ?? []).map((stated) => ({
      control: stated.control,
      because: stated.because,
      approvedBy: stated['approved-by'],
    })),
    answers: answersOf(file.answers),
    templates: (file.templates ?? []).map((stated) =>
      stated.kind === 'exclude' ? { ...stated, method: stated.method?.toUpperCase() ?? null } : stated,
    ),
    gate: {
      new: file.gate?.new ?? null,
      onError: file.gate?.['on-error'] ?? 'fail',
      ...(file.gate?.confidence === undefined ? {} : { confidence: file.gate.confidence }),
    },
    silentAfterDays: file['silent-after-days'] ?? 30,
    ...(file.policy === undefined ? {} : { policy: typeof file.policy === 'string' ? { file: file.policy } : { stated: file.policy } }),
  };
}

function answersOf(stated: StanceFile['answers']): FirstAnswers {
  return {
    lead: stated?.lead ?? null,
    dataSteward: stated?.['data-steward'] ?? null,
    incidentPlan: stated?.['incident-plan'] ?? null,
    sdlcAndDocs: stated?.['sdlc-and-docs'] ?? null,
    environments: stated?.environments ?? null,
    gatewayAccess: stated?.['gateway-access'] ?? null,
  };
}

function lower(hosts: readonly string[] | undefined): string[] {
  return (hosts ?? []).map((host) => host.toLowerCase());
}
