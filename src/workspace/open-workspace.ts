/** Opens a workspace and gives it its use cases; the one place where store, sources and engine meet. */
import { randomUUID } from 'node:crypto';
import { shortHash } from '../engine/evidence/finding.ts';
import type { FingerprintFn } from '../engine/evidence/fingerprint.ts';
import type { FirstAnswers, Settings } from '../engine/evidence/settings.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { declaredLiterals, valueLike } from '../engine/inventory/declared-literals.ts';
import { csvOf } from '../engine/inventory/export/csv.ts';
import { cyclonedxOf } from '../engine/inventory/export/cyclonedx.ts';
import { openapiOf } from '../engine/inventory/export/openapi.ts';
import type { OwnerRule } from '../engine/inventory/owner-pattern.ts';
import type { TemplateDecision } from '../engine/inventory/template.ts';
import type { Assessment, ChangeRecord } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import { detectFormat } from '../sources/detect.ts';
import { formatById } from '../sources/formats.ts';
import type { OpenInput } from '../sources/input.ts';
import { type SettingsChange, writeSettingsPatch } from '../sources/settings-patch.ts';
import { openStore } from '../store/open-store.ts';
import type { FindingState, Store } from '../store/store.ts';
import { decideChange } from './change-decision.ts';
import { examine } from './doctor.ts';
import { examineDoors } from './doctor-doors.ts';
import { viewEvidence } from './evidence-view.ts';
import { fingerprinter, openFingerprintKey } from './fingerprint-key.ts';
import { followLog } from './follow-log.ts';
import { failedInput, importInput, isStoreFault } from './import-input.ts';
import { type ImportContext, ImportSteps } from './import-steps.ts';
import { previewInventory, rebuildInventory } from './inventory-build.ts';
import { LiveImport, type LiveParts } from './live-import.ts';
import { ObservedPaths } from './observed-paths.ts';
import { assessPosture } from './posture-assessment.ts';
import { changeSettings, currentSettings, keepImported, settingsText } from './settings-file.ts';
import { gatherThreatFindings, type OperationFinder, operationFinder } from './threats-findings.ts';
import type {
  DecisionPreview,
  DoctorLine,
  EvidenceView,
  ImportedInput,
  ImportOptions,
  ImportReport,
  LiveSource,
  OpenWorkspaceOptions,
  Workspace,
  WorkspaceEvent,
} from './use-cases.ts';

const OWNERS = 'owners.rules';
const BADGE = 'badge';
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const RAW_DAYS = 30;
/** Thirteen months, so that a season can be compared with the last. */
const ROLLUP_DAYS = 396;
const RAW_BYTES_MAX = 2 * 1024 ** 3;
/** Findings of attacks are made anew this often at most, milliseconds. */
const THREATS_MS = 2_000;
const THREAT_RULES = 'guard.';
/** Decision records kept, about 200 MB; floods are folded before they come here, and counts outlive the records. */
const DECISIONS_MAX = 200_000;

export async function openWorkspace(options: OpenWorkspaceOptions): Promise<Workspace> {
  const name = options.name ?? 'main';
  const now = options.now ?? Date.now;
  const store = await openStore({
    ...(options.url === undefined ? { dir: options.dir } : { url: options.url }),
    workspace: name,
    mode: options.mode,
    now,
    ...(options.holder === undefined ? {} : { holder: options.holder }),
  });
  try {
    if (options.mode === 'write' && options.badge !== undefined) await store.setMeta(BADGE, options.badge);
    const badge = (await store.getMeta(BADGE)) === 'sample' ? 'sample' : null;
    if (options.mode === 'write') await closeInterrupted(store);
    return new OpenWorkspace({ name, badge, store, now, mode: options.mode, fingerprint: fingerprinter(openFingerprintKey(options.dir)) });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** We hold the only writer's place, so an import that still says it is running was killed. */
async function closeInterrupted(store: Store): Promise<void> {
  for (const source of await store.listSources()) {
    if (source.state === 'running' || source.state === 'following')
      await store.commitImport({
        source: { ...source, state: 'interrupted' },
        checkpoint: null,
        paths: [],
        rollups: [],
        exchanges: [],
        documents: [],
      });
  }
}

interface Parts {
  readonly name: string;
  readonly badge: 'sample' | null;
  readonly store: Store;
  readonly now: () => number;
  readonly mode: 'read' | 'write';
  readonly fingerprint: FingerprintFn;
}

class OpenWorkspace implements Workspace {
  readonly name: string;
  readonly badge: 'sample' | null;
  readonly store: Store;
  readonly #now: () => number;
  readonly #mode: 'read' | 'write';
  readonly fingerprint: FingerprintFn;
  readonly #listeners = new Set<(event: WorkspaceEvent) => void>();
  #paths: ObservedPaths | null = null;
  #trimmedMs = Number.NEGATIVE_INFINITY;
  #threatsFoundMs = Number.NEGATIVE_INFINITY;
  /** Of the inventory as it was last built; null = to be made anew. */
  #operationOf: OperationFinder | null = null;
  /** Writers run one after another: two at once would each undo the other's rebuild. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.name = parts.name;
    this.badge = parts.badge;
    this.store = parts.store;
    this.#now = parts.now;
    this.#mode = parts.mode;
    this.fingerprint = parts.fingerprint;
  }

  importInputs(inputs: AsyncIterable<OpenInput> | Iterable<OpenInput>, options: ImportOptions): Promise<ImportReport> {
    return this.#write(async () => {
      const startedMs = this.#now();
      const results: ImportedInput[] = [];
      const onProgress: ImportOptions['onProgress'] = (progress) => {
        options.onProgress?.(progress);
        this.#tell({ kind: 'import', progress });
      };
      const owners = new Map<string, readonly OwnerRule[]>();
      try {
        for await (const batch of declarationsFirst(inputs, options)) {
          const paths = await this.#observed();
          const literals = declaredLiterals(await this.store.listDocuments());
          for (const input of batch) {
            const context: ImportContext = {
              ...this.#context(paths, literals),
              onSettings: (text) => keepImported(this.store, input, text),
              onOwners: async (file, rules) => {
                owners.set(file, rules);
              },
            };
            results.push(await importInput(input, { ...options, onProgress }, context));
          }
        }
      } catch (error) {
        // What was not acknowledged must not linger in memory: the next write starts from the store again.
        this.#paths = null;
        // A name that gives no input (a glob without files) must not leave what came before it half taken in.
        if (!(error instanceof StanceError) || isStoreFault(error) || results.length === 0) throw error;
        results.push(failedInput('(further inputs)', null, error));
      }
      if (owners.size > 0) await this.store.setMeta(OWNERS, JSON.stringify([...owners.values()].flat()));
      await this.#trim();
      const assessment = await this.#rebuild();
      return { inputs: results, tookMs: this.#now() - startedMs, assessment };
    });
  }

  openLive(name: string, format: string): LiveSource {
    return this.#live(async (context) => {
      const id = `src_${shortHash(`live\n${format}\n${name}`)}`;
      const earlier = (await this.store.listSources()).find((source) => source.id === id) ?? null;
      return {
        steps: new ImportSteps({ id, name, format, kind: 'traffic', bytes: null, earlier }, earlier?.account.seen ?? 0, context),
        position: () => null,
      };
    });
  }

  follow(file: string, options: ImportOptions & { readonly signal: AbortSignal }): Promise<void> {
    return followLog(file, options, { store: this.store, openLive: (open) => this.#live(open) });
  }

  rebuild(): Promise<Assessment> {
    return this.#write(() => this.#rebuild());
  }

  assess(): Promise<Assessment> {
    return this.#write(() => this.#assess());
  }

  settings(): Promise<Settings> {
    return currentSettings(this.store);
  }

  settingsText(): Promise<string> {
    return settingsText(this.store);
  }

  putSettings(text: string, actor: string): Promise<Assessment> {
    return this.#write(async () => {
      await changeSettings(this.store, text);
      await this.#audit(actor, 'settings.change', 'stance.yaml', `${text.length} characters`);
      return this.#rebuild();
    });
  }

  putAnswers(answers: Partial<FirstAnswers>, actor: string): Promise<Assessment> {
    const changes = Object.entries(answers).map(([question, answer]): SettingsChange => {
      const key = question.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      return answer === null ? { kind: 'remove', path: ['answers', key] } : { kind: 'set', path: ['answers', key], value: answer };
    });
    return this.patchSettings(changes, actor);
  }

  patchSettings(changes: readonly SettingsChange[], actor: string): Promise<Assessment> {
    return this.#write(async () => {
      const before = await settingsText(this.store);
      await changeSettings(this.store, writeSettingsPatch(before, changes));
      await this.#audit(
        actor,
        'settings.change',
        'stance.yaml',
        changes
          .map(
            (change) => `${change.kind} ${change.path.map((step) => (typeof step === 'string' ? step : JSON.stringify(step))).join('.')}`,
          )
          .join('; '),
      );
      return this.#rebuild();
    });
  }

  async previewDecision(decision: TemplateDecision): Promise<DecisionPreview> {
    return previewInventory(await this.#buildParts(), decision);
  }

  decide(decision: TemplateDecision, actor: string): Promise<string> {
    return this.#write(async () => {
      const id = `d_${randomUUID().slice(0, 8)}`;
      await this.store.addDecision(id, this.#now(), decision);
      await this.#audit(actor, `template.${decision.kind}`, decision.service, JSON.stringify(decision));
      await this.#rebuild();
      return id;
    });
  }

  undoDecision(id: string, actor: string): Promise<void> {
    return this.#write(async () => {
      if (!(await this.store.listDecisions()).some((held) => held.id === id))
        throw new StanceError('not-found', { message: `There is no decision ${id}.`, next: 'stance inventory decisions lists them.' });
      await this.store.deleteDecision(id);
      await this.#audit(actor, 'template.undo', id, '');
      await this.#rebuild();
    });
  }

  setFindingState(state: Omit<FindingState, 'decidedMs'>, actor: string): Promise<void> {
    return this.#write(async () => {
      if (!(await this.store.listFindings()).some((finding) => finding.id === state.id))
        throw new StanceError('not-found', { message: `There is no finding ${state.id}.`, next: 'stance finding list shows them.' });
      await this.store.setFindingState({ ...state, decidedMs: this.#now() });
      await this.#audit(actor, `finding.${state.state}`, state.id, state.reason ?? '');
    });
  }

  decideChange(key: string, decision: Parameters<Workspace['decideChange']>[1], actor: string): Promise<ChangeRecord> {
    return this.#write(async () => {
      const record = await decideChange(this.store, key, decision, this.#now(), actor);
      await this.#audit(actor, `change.${decision.action}`, key, decision.reason ?? '');
      await this.#assess();
      return record;
    });
  }

  deleteSource(id: string, actor: string): Promise<void> {
    return this.#write(async () => {
      if (!(await this.store.listSources()).some((source) => source.id === id))
        throw new StanceError('not-found', { message: `There is no source ${id}.`, next: 'stance doctor lists the sources.' });
      await this.store.deleteSource(id);
      await this.#audit(actor, 'source.delete', id, '');
      this.#paths = null;
      await this.#rebuild();
    });
  }

  async evidence(ref: string): Promise<EvidenceView | null> {
    return viewEvidence(ref, this.store, await currentSettings(this.store));
  }

  async doctor(): Promise<readonly DoctorLine[]> {
    const [sizeBytes, sources, operations, inventory, text, documents, guards] = await Promise.all([
      this.store.sizeBytes(),
      this.store.listSources(),
      this.store.allOperations(),
      this.store.inventorySummary(),
      settingsText(this.store),
      this.store.listDocuments(),
      this.store.listGuardWorkers(),
    ]);
    const lines = examine({
      guards,
      valueLikeLiterals: valueLike(declaredLiterals(documents)),
      dialect: this.store.dialect,
      sizeBytes,
      sources,
      operations,
      summary: inventory?.summary ?? null,
      settingsPresent: text !== '',
      nowMs: this.#now(),
    });
    return [...lines, ...(await examineDoors(this.store, this.#now))];
  }

  async export(form: Parameters<Workspace['export']>[0], query: { readonly service?: string }): ReturnType<Workspace['export']> {
    const operations = (await this.store.allOperations()).filter(
      (operation) => query.service === undefined || operation.service === query.service,
    );
    if (query.service !== undefined && operations.length === 0)
      throw new StanceError('not-found', {
        message: `There is no service ${query.service}.`,
        next: 'stance inventory list shows the services.',
      });
    const asOf = new Date((await this.store.inventorySummary())?.builtMs ?? this.#now()).toISOString();
    const base = query.service ?? this.name;
    switch (form) {
      case 'openapi-3.1':
      case 'openapi-3.0': {
        const document = openapiOf(operations, { title: base, version: form === 'openapi-3.1' ? '3.1' : '3.0', asOf });
        return { mediaType: 'application/json', fileName: `${base}.openapi.json`, text: `${JSON.stringify(document, null, 2)}\n` };
      }
      case 'cyclonedx':
        return {
          mediaType: 'application/vnd.cyclonedx+json',
          fileName: `${base}.cdx.json`,
          text: `${JSON.stringify(cyclonedxOf(operations, asOf), null, 2)}\n`,
        };
      case 'csv':
        return { mediaType: 'text/csv', fileName: `${base}.csv`, text: csvOf(operations) };
      case 'json':
        return { mediaType: 'application/json', fileName: `${base}.json`, text: `${JSON.stringify(operations, null, 2)}\n` };
    }
  }

  onEvent(listener: (event: WorkspaceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#queue.catch(() => undefined);
    await this.store.close();
  }

  /** Runs writers one at a time; a failed one does not stop the next. */
  #write<T>(work: () => Promise<T>): Promise<T> {
    if (this.#mode === 'read')
      return Promise.reject(
        new StanceError('workspace-busy', {
          message: 'This workspace is open for reading only.',
          next: 'Stop the Stance that holds it, or make the change there.',
        }),
      );
    const run = this.#queue.then(work, work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /** Steps are opened anew when the paths were (a failed import leaves counts in memory that nobody acknowledged); what was pending then is told as not kept. */
  #live(open: (context: ImportContext) => Promise<{ readonly steps: ImportSteps; readonly position: LiveParts['position'] }>): LiveImport {
    let current: { readonly paths: ObservedPaths; readonly steps: ImportSteps; readonly position: LiveParts['position'] } | null = null;
    return new LiveImport({
      write: (work) => this.#write(work),
      steps: async () => {
        const paths = await this.#observed();
        if (current !== null && current.paths === paths) return current.steps;
        const lost = current?.steps.pending ?? 0;
        current = { paths, ...(await open(this.#context(paths, declaredLiterals(await this.store.listDocuments())))) };
        for (let at = 0; at < lost; at++)
          await current.steps.take({ kind: 'excluded', line: current.steps.line, reason: 'not kept: a write to the store failed' });
        return current.steps;
      },
      position: () => current?.position() ?? null,
      rebuild: async () => {
        await this.#trimSometimes();
        return this.#rebuild();
      },
      onCommit: async ({ decisions }) => {
        if (decisions === 0) return;
        this.#tell({ kind: 'decisions', atMs: this.#now(), count: decisions });
        await this.#findThreats();
      },
      onFault: (error) => this.#tell({ kind: 'fault', message: error instanceof Error ? error.message : String(error) }),
    });
  }

  /** For traffic alone; settings and owner rules among it would be a mistake of the source. */
  #context(paths: ObservedPaths, literals: ReadonlySet<string>): ImportContext {
    return {
      store: this.store,
      paths,
      fingerprint: this.fingerprint,
      now: this.#now,
      segment: pathSegmenter(this.fingerprint, literals),
      onSettings: () => Promise.resolve(),
      onOwners: () => Promise.resolve(),
    };
  }

  async #observed(): Promise<ObservedPaths> {
    this.#paths ??= new ObservedPaths(await this.store.listPaths());
    return this.#paths;
  }

  async #buildParts() {
    return {
      store: this.store,
      paths: await this.#observed(),
      settings: await currentSettings(this.store),
      owners: await this.#owners(),
      fingerprint: this.fingerprint,
      nowMs: this.#now(),
    };
  }

  async #owners(): Promise<OwnerRule[]> {
    return JSON.parse((await this.store.getMeta(OWNERS)) ?? '[]') as OwnerRule[];
  }

  async #rebuild(): Promise<Assessment> {
    const { operations } = await rebuildInventory(await this.#buildParts());
    this.#operationOf = operationFinder(operations);
    this.#tell({ kind: 'inventory', atMs: this.#now() });
    return this.#assess();
  }

  async #assess(): Promise<Assessment> {
    const assessment = await assessPosture({
      store: this.store,
      settings: await currentSettings(this.store),
      owners: await this.#owners(),
      nowMs: this.#now(),
    });
    this.#tell({ kind: 'assessment', atMs: this.#now() });
    return assessment;
  }

  /** An attack is told while it goes on: learning a large inventory anew can take longer than that. */
  async #findThreats(): Promise<void> {
    if (this.#now() - this.#threatsFoundMs < THREATS_MS) return;
    this.#operationOf ??= operationFinder(await this.store.allOperations());
    await this.store.replaceFindings(THREAT_RULES, await gatherThreatFindings(this.store, this.#operationOf, this.#now()));
    this.#threatsFoundMs = this.#now();
  }

  /** A source without an end trims as it goes; once an hour is often enough. */
  async #trimSometimes(): Promise<void> {
    if (this.#now() - this.#trimmedMs < HOUR_MS) return;
    await this.#trim();
  }

  async #trim(): Promise<void> {
    this.#trimmedMs = this.#now();
    // Counted from the newest call, so that the last month of an old log can still be opened.
    const newestMs = (await this.store.listSources()).reduce((latest, source) => Math.max(latest, source.lastMs ?? 0), 0);
    await this.store.trimRollups(Math.min(this.#now(), newestMs) - ROLLUP_DAYS * DAY_MS);
    await this.store.trimExchanges({ beforeMs: Math.min(this.#now(), newestMs) - RAW_DAYS * DAY_MS, bytesMax: RAW_BYTES_MAX });
    await this.store.trimDecisions({
      beforeMs: this.#now() - RAW_DAYS * DAY_MS,
      rowsMax: DECISIONS_MAX,
      countsBeforeMs: this.#now() - ROLLUP_DAYS * DAY_MS,
      nowMs: this.#now(),
    });
  }

  async #audit(actor: string, action: string, subject: string, detail: string): Promise<void> {
    await this.store.appendAudit({ atMs: this.#now(), actor, action, subject, detail: detail.slice(0, 2000) });
  }

  #tell(event: WorkspaceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Inputs looked at before any traffic is read; more are taken in the order given. */
const LOOKAHEAD_MAX = 256;

/** Declarations, settings and owners before traffic: what documents name stays literal in the paths that follow. */
async function* declarationsFirst(
  inputs: AsyncIterable<OpenInput> | Iterable<OpenInput>,
  options: ImportOptions,
): AsyncGenerator<readonly OpenInput[]> {
  let traffic: OpenInput[] = [];
  let fault: unknown = null;
  try {
    for await (const input of inputs) {
      if (!(await isTraffic(input, options))) yield [input];
      else if (traffic.push(input) >= LOOKAHEAD_MAX) {
        yield traffic;
        traffic = [];
      }
    }
  } catch (error) {
    fault = error;
  }
  if (traffic.length > 0) yield traffic;
  if (fault !== null) throw fault;
}

async function isTraffic(input: OpenInput, options: ImportOptions): Promise<boolean> {
  if (options.logFormat !== undefined) return true;
  try {
    return (options.format === undefined ? detectFormat(await input.head(), input.name) : formatById(options.format)).kind === 'traffic';
  } catch {
    // Whatever is wrong with it is told when it is imported.
    return false;
  }
}
