/** A policy as people write it (`policy:` in `stance.yaml`, or a file of its own), read with errors that say where and what. */
import { createHash } from 'node:crypto';
import type { LimitPolicy, ListEntry, Policy, RouteSettings, UpstreamPolicy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { interpolate } from './environment-variables.ts';
import { policyProblems } from './policy-file-problems.ts';
import { providerPolicy } from './policy-file-provider.ts';
import { type PolicyFile, policyJsonSchema, policySchema, type RouteFile } from './policy-schema.ts';
import { bytes, milliseconds, untilMs } from './policy-schema-values.ts';
import { type SettingsProblem, schemaProblems } from './stance-problems.ts';
import { readStructured } from './structured-document.ts';

export interface PolicySource {
  /** Name to show in errors. */
  readonly file: string;
  /** What stands where the file says nothing: `defaultPolicy`. */
  readonly base: Policy;
  /** What `${NAME}` stands for; absent = nothing is filled in. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

/** Problems shown of one file. */
const problemsShown = 20;

/**
 * The policy of a text; an empty one is the base.
 * @throws StanceError `config-invalid` with line, column and what was expected for each problem.
 */
export function readPolicy(text: string, source: PolicySource): Policy {
  const checked = checkPolicy(text, source);
  if (checked.policy !== null) return checked.policy;
  const shown = checked.problems.slice(0, problemsShown).map(({ line, column, message }) => `${source.file}:${line}:${column}  ${message}`);
  const more = checked.problems.length - shown.length;
  throw new StanceError('config-invalid', {
    message: `The policy ${source.file} cannot be used.\n${shown.join('\n')}${more > 0 ? `\nand ${more} more` : ''}`,
    unchanged: 'The policy that was in force stays in force.',
    next: `Correct the places named; \`stance policy check ${source.file}\` looks again.`,
  });
}

export type PolicyCheck =
  | { readonly policy: Policy; readonly problems: readonly [] }
  | { readonly policy: null; readonly problems: readonly SettingsProblem[] };

/** The policy, or what is wrong with each place; never throws for what a text holds. */
export function checkPolicy(text: string, { base, variables }: PolicySource): PolicyCheck {
  const document = readStructured(text);
  const broken = document.problems.filter(({ isMinor }) => isMinor !== true);
  if (broken.length > 0) return { policy: null, problems: broken };
  const filled = variables === undefined ? { value: document.value, problems: [] } : interpolate(document, variables);
  if (filled.problems.length > 0) return { policy: null, problems: filled.problems };
  const parsed = policySchema.safeParse(filled.value ?? {});
  if (!parsed.success)
    return { policy: null, problems: schemaProblems(parsed.error, { document, value: filled.value, schema: policyJsonSchema }) };
  const unclear = policyProblems(parsed.data).map(({ at, message }) => ({
    ...document.positionOf(at),
    message: `${at.join('.')}: ${message}`,
  }));
  if (unclear.length > 0) return { policy: null, problems: unclear.toSorted((one, other) => one.line - other.line) };
  return { policy: policyOf(parsed.data, base), problems: [] };
}

/** What a file states over what it says nothing of. @param file without problems, see `policyProblems` */
export function policyOf(file: PolicyFile, base: Policy): Policy {
  return {
    version: digestOf(file),
    mode: file.mode ?? base.mode,
    modes: { ...base.modes, ...present(file.modes) },
    client:
      file.client === undefined
        ? base.client
        : { trustedHops: file.client['trusted-hops'], header: file.client.header ?? base.client.header },
    upstreams:
      file.upstreams === undefined ? base.upstreams : Object.entries(file.upstreams).map(([name, stated]) => upstreamOf(name, stated)),
    providers:
      file.providers === undefined ? base.providers : Object.entries(file.providers).map(([name, stated]) => providerPolicy(name, stated)),
    leakedCredentials: file['leaked-credentials']?.map((hash) => hash.toLowerCase()) ?? base.leakedCredentials,
    lists: {
      allow: file.lists?.allow?.map(listEntryOf) ?? base.lists.allow,
      deny: file.lists?.deny?.map(listEntryOf) ?? base.lists.deny,
    },
    limits: file.limits === undefined ? base.limits : Object.entries(file.limits).map(([name, stated]) => limitOf(name, stated)),
    overload: {
      mode: file.overload?.mode ?? base.overload.mode,
      waitMsMax: file.overload?.wait === undefined ? base.overload.waitMsMax : milliseconds(file.overload.wait),
      concurrencyMin: file.overload?.['concurrency-min'] ?? base.overload.concurrencyMin,
      concurrencyMax: file.overload?.['concurrency-max'] ?? base.overload.concurrencyMax,
    },
    attacks: {
      categories: { ...base.attacks.categories, ...present(file.attacks?.categories) },
      threshold: file.attacks?.threshold ?? base.attacks.threshold,
    },
    validation: {
      undeclared: file.validation?.undeclared ?? base.validation.undeclared,
      unknownFields: file.validation?.['unknown-fields'] ?? base.validation.unknownFields,
      unknownParameters: file.validation?.['unknown-parameters'] ?? base.validation.unknownParameters,
      ...present({
        harmlessFaults: file.validation?.['harmless-faults'] ?? base.validation.harmlessFaults,
        learned: file.validation?.learned ?? base.validation.learned,
      }),
      responseShare: file.validation?.['response-share'] ?? base.validation.responseShare,
      maskFields: file.validation?.['mask-fields'] ?? base.validation.maskFields,
      depthMax: file.validation?.depth ?? base.validation.depthMax,
    },
    behaviour: { ...base.behaviour, ...present(file.behaviour) },
    rules:
      file.rules?.map((stated) => ({
        ...listEntryOf(stated),
        mode: stated.mode ?? 'log',
        status: stated.status ?? 403,
        ...(stated.except === undefined ? {} : { except: stated.except }),
      })) ?? base.rules,
    defaults: { ...base.defaults, ...routeSettingsOf(file.defaults ?? {}) },
    routes:
      file.routes?.map(({ id, match, ...stated }, at) => ({
        id: id ?? `route-${at + 1}`,
        match: present(match),
        ...routeSettingsOf(stated),
      })) ?? base.routes,
    cedar: file.cedar ?? base.cedar,
    canary:
      file.canary === undefined
        ? base.canary
        : { share: file.canary.share, refusedShareMax: file.canary['refused-max'], forSeconds: milliseconds(file.canary.for) / 1000 },
  };
}

/** Names a policy that nobody has numbered yet by what it says, whatever its comments and the order of its lines' spaces. */
function digestOf(file: PolicyFile): string {
  return `d-${createHash('sha256').update(JSON.stringify(file)).digest('hex').slice(0, 12)}`;
}

type ListEntryFile = NonNullable<NonNullable<PolicyFile['lists']>['allow']>[number];

function listEntryOf({ id, match, because, until }: ListEntryFile): ListEntry {
  return { id, match: present(match), because, untilMs: until === undefined ? null : untilMs(until) };
}

function limitOf(name: string, stated: NonNullable<PolicyFile['limits']>[string]): LimitPolicy {
  const { window } = stated;
  const isCalendar = window === 'hour' || window === 'day' || window === 'month';
  return {
    name,
    by: stated.by,
    requests: stated.requests,
    windowSeconds: isCalendar ? calendarSeconds[window] : milliseconds(window) / 1000,
    burst: stated.burst ?? null,
    window: isCalendar ? window : 'rolling',
    concurrency: stated.concurrency ?? null,
    accountField: stated['account-field'] ?? null,
    plans: stated.plans ?? {},
    planClaim: stated['plan-claim'] ?? null,
    mode: stated.mode ?? 'block',
  };
}

/** Nominal lengths, for the words of a standing; the count itself goes by the calendar. */
const calendarSeconds = { hour: 3600, day: 86_400, month: 30 * 86_400 } as const;

function upstreamOf(name: string, stated: NonNullable<PolicyFile['upstreams']>[string]): UpstreamPolicy {
  const { health } = stated;
  return {
    name,
    urls: stated.urls.map((url) => url.replace(/\/$/, '')),
    hosts: (stated.hosts ?? []).map((host) => host.toLowerCase()),
    paths: stated.paths ?? [],
    health:
      health === undefined
        ? null
        : {
            path: health.path,
            everyMs: milliseconds(health.every ?? '10s'),
            unhealthyAfter: health['unhealthy-after'] ?? 3,
            healthyAfter: health['healthy-after'] ?? 2,
          },
    retries: stated.retries ?? 1,
    connectTimeoutMs: milliseconds(stated['connect-timeout'] ?? '5s'),
    answerTimeoutMs: milliseconds(stated['answer-timeout'] ?? '60s'),
    connectionsMax: stated.connections ?? 256,
    caFile: stated['ca-file'] ?? null,
    keepHost: stated['keep-host'] ?? true,
  };
}

function routeSettingsOf(stated: RouteFile): RouteSettings {
  const { 'body-max': bodyMax, 'inspect-max': inspectMax, 'fail-mode': failMode, modes, ...same } = stated;
  return {
    ...present(same),
    ...(modes === undefined ? {} : { modes: present(modes) }),
    ...(bodyMax === undefined ? {} : { bodyBytesMax: bytes(bodyMax) }),
    ...(inspectMax === undefined ? {} : { inspectBytesMax: bytes(inspectMax) }),
    ...(failMode === undefined ? {} : { failMode }),
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that stand for nothing. */
function present<T extends object>(stated: T | undefined): Present<T> {
  return Object.fromEntries(Object.entries(stated ?? {}).filter(([, value]) => value !== undefined)) as Present<T>;
}
