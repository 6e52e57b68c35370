/** Opens an evidence reference: whatever a number rests on can be looked at. */
import type { Settings } from '../engine/evidence/settings.ts';
import type { Store } from '../store/store.ts';
import type { EvidenceView } from './use-cases.ts';

const EXCHANGES_SHOWN = 50;

/** null when the reference points at nothing (any more). */
export async function viewEvidence(ref: string, store: Store, settings: Settings): Promise<EvidenceView | null> {
  const colon = ref.indexOf(':');
  if (colon < 0) return null;
  const kind = ref.slice(0, colon);
  const id = ref.slice(colon + 1);
  switch (kind) {
    case 'operation': {
      const operation = await store.getOperation(id);
      if (operation === null) return null;
      const exchanges = await store.listExchanges({ pathIds: await store.pathIdsOf(id), limit: EXCHANGES_SHOWN });
      return { kind: 'operation', ref, title: `${operation.method} ${operation.template}`, operationId: id, exchanges };
    }
    case 'source': {
      const source = (await store.listSources()).find((candidate) => candidate.id === id || candidate.name === id);
      return source === undefined ? null : { kind: 'source', ref, title: source.name, source };
    }
    case 'document': {
      const document = (await store.listDocuments()).find((candidate) => candidate.digest === id || candidate.place.file === id);
      if (document === undefined) return null;
      return {
        kind: 'document',
        ref,
        title: document.title,
        file: document.place.file,
        digest: document.digest,
        format: document.format,
        operations: document.operations.length,
      };
    }
    case 'decision': {
      const decision = await store.findDecisionRecord(id);
      return decision === null ? null : { kind: 'decision', ref, title: `${decision.rule}, ${decision.incident}`, decision };
    }
    case 'finding': {
      const finding = (await store.listFindings()).find((candidate) => candidate.id === id);
      return finding === undefined ? null : { kind: 'finding', ref, title: finding.title, finding };
    }
    case 'setting':
    case 'answer':
    case 'attestation':
    case 'waiver': {
      const text = settingText(kind, id, settings);
      return text === null ? null : { kind: 'setting', ref, title: `stance.yaml: ${id}`, text };
    }
    default:
      return null;
  }
}

function settingText(kind: string, id: string, settings: Settings): string | null {
  const found =
    kind === 'answer'
      ? { [id]: (settings.answers as unknown as Record<string, unknown>)[id] }
      : kind === 'attestation'
        ? settings.attestations.filter((entry) => entry.control === id)
        : kind === 'waiver'
          ? settings.waivers.filter((entry) => entry.id === id)
          : settingAt(id, settings);
  if (found === undefined || (Array.isArray(found) && found.length === 0)) return null;
  return JSON.stringify(found, null, 2);
}

/** `roles.api-security-lead`: a list entry is found by its name, kind, role or id. */
function settingAt(path: string, settings: Settings): unknown {
  let at: unknown = settings;
  for (const step of path.split('.')) {
    if (Array.isArray(at))
      at = at.find((entry: Record<string, unknown>) => [entry.role, entry.kind, entry.name, entry.id, entry.control].includes(step));
    else if (typeof at === 'object' && at !== null) at = (at as Record<string, unknown>)[step];
    else return undefined;
  }
  return at;
}
