/**
 * A control: one practice that must hold, what evidence it needs, and the test that judges it.
 * A control is given only the facts it declares, does no I/O, and answers per unit; `unknown` is an answer.
 */
import type { DeclaredApi } from '../evidence/declaration.ts';
import type { Finding } from '../evidence/finding.ts';
import type { Settings } from '../evidence/settings.ts';
import type { SourceRecord } from '../evidence/source-account.ts';
import type { InventorySummary, Operation } from '../inventory/operation.ts';
import type { GuardFacts } from './guard-facts.ts';

export type Pillar = 'people' | 'processes' | 'technology';
export type ControlSeverity = 'critical' | 'high' | 'medium' | 'low';
export type Effort = 'XS' | 'S' | 'M' | 'L';

/** How strong the evidence is; the grade scales what counts as proven (controls.md section 5.2). */
export type EvidenceGrade = 'observed' | 'configured' | 'signed-report' | 'attested';

/** Opens in the page and the API: `operation:op_1`, `source:s1`, `document:sha`, `setting:roles.api-security-lead`, `answer:lead`, `attestation:PPL-01`, `finding:F-1`. */
export type EvidenceRef = string;

export interface Facts {
  /** The instant of the assessment. */
  readonly nowMs: number;
  readonly settings: Settings;
  readonly operations: readonly Operation[];
  readonly inventory: InventorySummary;
  readonly documents: readonly DeclaredApi[];
  readonly sources: readonly SourceRecord[];
  readonly findings: readonly Finding[];
  readonly owners: readonly { readonly pattern: string; readonly owners: readonly string[] }[];
  /** null = no guard ever told of itself. */
  readonly guard: GuardFacts | null;
}

export type FactName = Exclude<keyof Facts, 'nowMs'>;

/** What one control says of one unit: an operation, a service, a document, a team or the whole organisation. */
export interface UnitResult {
  /** Operation id, service name, document file, `organisation`, or one part of it: `organisation:deputy`. */
  readonly unit: string;
  readonly unitKind: 'operation' | 'service' | 'document' | 'organisation';
  readonly state: 'met' | 'failing' | 'part' | 'unknown';
  /** Share that holds, 0 to 1: met = 1, failing = 0, part between; ignored when unknown. */
  readonly share: number;
  readonly grade: EvidenceGrade;
  /** When the newest evidence was observed, null when there is none. */
  readonly observedMs: number | null;
  /** One sentence with numbers and names: why. */
  readonly because: string;
  readonly evidence: readonly EvidenceRef[];
  /** What would show it: a line in stance.yaml, a source that is missing, time, or nothing this version can read; absent = judged. */
  readonly waitsFor?: WaitsFor;
}

/** `settings` = stance.yaml; `time` = a window or a sample that must grow; `not-yet` = no source of this version shows it. */
export type WaitsFor = 'settings' | 'time' | 'not-yet' | Connector;

/** Sources a workspace may lack. */
export type Connector = 'traffic' | 'live-traffic' | 'bodies' | 'specification' | 'gateway' | 'credentials' | 'ownership';

export interface ControlMapping {
  readonly framework: 'cis-8.1' | 'iso-27001-2022' | 'nycrr-500-2023' | 'owasp-api-2023' | 'ssdf-1.1' | 'csf-2.0' | 'pci-4.0.1';
  /** Always a string: `5.10` is not `5.1`. */
  readonly id: string;
  /** Only `equal` and `part` may be shown as coverage. */
  readonly relation: 'equal' | 'part' | 'supports';
}

/** The exact thing to do for the units that fail, ready to copy; what the writer cannot know stands as `<...>`. */
export interface Draft {
  readonly language: 'yaml' | 'nginx' | 'diff' | 'markdown' | 'shell';
  /** File it belongs in, null when it is run or sent. */
  readonly file: string | null;
  readonly text: string;
  /** What can go wrong when it is applied, and how to try it without harm. */
  readonly safety: string;
}

/** What a person does to make the control hold; `draft` writes the exact thing for the units that fail. */
export interface Remedy {
  /** Imperative, with {units} allowed: `Limit attempts on {units}`. */
  readonly title: string;
  readonly text: string;
  readonly effort: Effort;
  readonly undo: string;
  /** What evidence will show that it is done: `a limited answer (429) on each operation within 24 h of a probe`. */
  readonly doneWhen: string;
}

export interface Control {
  /** `TEC-18`. */
  readonly id: string;
  /** Kebab-case noun, also the file or row name: `authenticated-calls`. */
  readonly name: string;
  readonly pillar: Pillar;
  readonly title: string;
  readonly failTitle: string;
  readonly intent: string;
  readonly severity: ControlSeverity;
  readonly effort: Effort;
  /** The pass rule as people read it. */
  readonly passRule: string;
  /** Share of weight that must hold for `met`; 1 when absent. A failing unit with restricted data always fails the control. */
  readonly passShare?: number;
  /** What automated evidence feeds it, and its longest age in hours; null = none yet, only attestation or nothing. */
  readonly evidence: { readonly text: string; readonly ageHoursMax: number } | null;
  /** What a person may sign instead, and for how many days; null = no attestation counts. */
  readonly attestation: { readonly text: string; readonly validDays: number } | null;
  readonly needs: readonly FactName[];
  readonly prerequisites: readonly string[];
  readonly mappings: readonly ControlMapping[];
  readonly remedy: Remedy;
  /** Absent = no source can feed it yet: unknown, or attested. */
  readonly test?: ControlTest;
  /** Writes the exact thing for these units; absent = the remedy in words is all there is. */
  readonly draft?: DraftWriter;
}

export type ControlTest = (facts: Facts) => readonly UnitResult[] | { readonly notApplicable: string };
export type DraftWriter = (facts: Facts, units: readonly UnitResult[]) => Draft;
