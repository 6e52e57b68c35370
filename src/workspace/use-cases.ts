/** What can be done with a workspace: the one list that the server, the page and the command line call. */
import type { DecisionRecord } from '../engine/evidence/decision.ts';
import type { Finding } from '../engine/evidence/finding.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { FirstAnswers, Settings } from '../engine/evidence/settings.ts';
import type { SourceAccount, SourceRecord } from '../engine/evidence/source-account.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { Assessment, ChangeRecord } from '../engine/posture/assessment.ts';
import type { OpenInput } from '../sources/input.ts';
import type { SettingsChange } from '../sources/settings-patch.ts';
import type { SourceItem } from '../sources/source.ts';
import type { ExchangeRow, FindingState, Store } from '../store/store.ts';

export interface ImportOptions {
  /** Format id; absent = detected. */
  readonly format?: string;
  readonly logFormat?: string;
  readonly host?: string;
  readonly service?: string;
  readonly signal?: AbortSignal;
  /** Called at most ten times a second, and once at the end of each input. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly name: string;
  readonly format: string | null;
  readonly phase: 'reading' | 'learning' | 'assessing' | 'done' | 'failed';
  readonly seen: number;
  readonly bytesDone: number;
  readonly bytesTotal: number | null;
  readonly perSecond: number;
  /** Seconds left, null when the size is unknown. */
  readonly secondsLeft: number | null;
}

export interface ImportedInput {
  readonly name: string;
  readonly sourceId: string | null;
  readonly format: string | null;
  readonly kind: SourceRecord['kind'] | null;
  readonly account: SourceAccount;
  /** Lines of an earlier import of the same content that were not counted again. */
  readonly already: number;
  readonly operationsDeclared: number;
  /** Set when this input failed; the others went on. */
  readonly error: { readonly code: string; readonly message: string; readonly unchanged: string; readonly next: string } | null;
}

export interface ImportReport {
  readonly inputs: readonly ImportedInput[];
  readonly tookMs: number;
  readonly assessment: Assessment;
}

export interface DecisionPreview {
  readonly before: readonly { readonly method: string; readonly template: string; readonly calls: number }[];
  readonly after: readonly { readonly method: string; readonly template: string; readonly calls: number }[];
}

/** What `doctor` says of one thing: it works, it is doubtful, it fails, or it cannot be seen from here. */
export interface DoctorLine {
  readonly level: 'ok' | 'doubt' | 'fail' | 'blind';
  readonly topic: string;
  readonly text: string;
  readonly fix: string | null;
}

/** Whatever an evidence reference points at, ready to show. */
export type EvidenceView =
  | { readonly kind: 'source'; readonly ref: string; readonly title: string; readonly source: SourceRecord }
  | {
      readonly kind: 'document';
      readonly ref: string;
      readonly title: string;
      readonly file: string;
      readonly digest: string;
      readonly format: string;
      readonly operations: number;
    }
  | {
      readonly kind: 'operation';
      readonly ref: string;
      readonly title: string;
      readonly operationId: string;
      readonly exchanges: readonly ExchangeRow[];
    }
  | { readonly kind: 'decision'; readonly ref: string; readonly title: string; readonly decision: DecisionRecord }
  | { readonly kind: 'setting'; readonly ref: string; readonly title: string; readonly text: string }
  | { readonly kind: 'finding'; readonly ref: string; readonly title: string; readonly finding: Finding };

export interface Workspace {
  readonly name: string;
  readonly badge: 'sample' | null;
  readonly store: Store;
  /** Makes the prints of this workspace, so that what a policy names is known again in kept evidence. */
  readonly fingerprint: FingerprintFn;
  /** Reads inputs one after another; each batch is acknowledged atomically; then learns, rebuilds and assesses once. */
  importInputs(inputs: AsyncIterable<OpenInput> | Iterable<OpenInput>, options: ImportOptions): Promise<ImportReport>;
  /** A source without an end that hands over items itself, such as the OpenTelemetry receiver. */
  openLive(name: string, format: string): LiveSource;
  /** Reads on as a log grows and is rotated, until `signal` aborts; resolves when everything taken is acknowledged. */
  follow(file: string, options: ImportOptions & { readonly signal: AbortSignal }): Promise<void>;
  /** Re-learns templates, rebuilds the inventory and assesses; the same stored paths always give the same result. */
  rebuild(): Promise<Assessment>;
  /** Judges what is stored as of now and writes score and ledger; also checks accepted changes. */
  assess(): Promise<Assessment>;
  settings(): Promise<Settings>;
  /** The `stance.yaml` text of this workspace (empty when there is none yet). */
  settingsText(): Promise<string>;
  /** Parses, keeps and applies a `stance.yaml`; refused whole when invalid. */
  putSettings(text: string, actor: string): Promise<Assessment>;
  /** Small edits to `stance.yaml` that keep its comments: an owner, a waiver, a role. */
  patchSettings(changes: readonly SettingsChange[], actor: string): Promise<Assessment>;
  putAnswers(answers: Partial<FirstAnswers>, actor: string): Promise<Assessment>;
  previewDecision(decision: TemplateDecision): Promise<DecisionPreview>;
  decide(decision: TemplateDecision, actor: string): Promise<string>;
  undoDecision(id: string, actor: string): Promise<void>;
  setFindingState(state: Omit<FindingState, 'decidedMs'>, actor: string): Promise<void>;
  decideChange(
    key: string,
    decision: {
      readonly action: 'accept' | 'not-now' | 'decline';
      readonly reason: string | null;
      readonly untilMs: number | null;
      readonly owner: string | null;
    },
    actor: string,
  ): Promise<ChangeRecord>;
  deleteSource(id: string, actor: string): Promise<void>;
  evidence(ref: string): Promise<EvidenceView | null>;
  doctor(): Promise<readonly DoctorLine[]>;
  /** Inventory in another form. */
  export(
    form: 'openapi-3.1' | 'openapi-3.0' | 'cyclonedx' | 'csv' | 'json',
    query: { readonly service?: string },
  ): Promise<{ readonly mediaType: string; readonly fileName: string; readonly text: string }>;
  /** Hears `inventory`, `assessment`, `import` events; returns the way to stop. */
  onEvent(listener: (event: WorkspaceEvent) => void): () => void;
  close(): Promise<void>;
}

export interface LiveSource {
  /** Resolves when the items are counted; they are acknowledged within seconds. Waiting for it is the back-pressure. */
  push(items: readonly SourceItem[]): Promise<void>;
  /** Resolves when the items are on disk; rejects when they were given up, and may be delivered again. */
  deliver(items: readonly SourceItem[]): Promise<void>;
  close(): Promise<void>;
}

export type WorkspaceEvent =
  | { readonly kind: 'inventory'; readonly atMs: number }
  | { readonly kind: 'assessment'; readonly atMs: number }
  /** Decisions of a guard were written. */
  | { readonly kind: 'decisions'; readonly atMs: number; readonly count: number }
  | { readonly kind: 'import'; readonly progress: ImportProgress }
  /** A live source could not be written; its items stay owed and are tried again. */
  | { readonly kind: 'fault'; readonly message: string };

export interface OpenWorkspaceOptions {
  /** Data folder; workspaces live in `<dir>/workspaces/<name>`. */
  readonly dir: string;
  /** PostgreSQL address; absent = the embedded SQLite file. */
  readonly url?: string;
  /** Default `main`. */
  readonly name?: string;
  readonly mode: 'read' | 'write';
  readonly badge?: 'sample';
  /** What this process is, for the message a second writer gets: `stance import`. */
  readonly holder?: string;
  /** Milliseconds since the epoch; for tests and the sample. */
  readonly now?: () => number;
}
// The function itself: `openWorkspace(options: OpenWorkspaceOptions): Promise<Workspace>` in open-workspace.ts.
