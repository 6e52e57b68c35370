/** Which scopes callers carry and need, added up over the workers of guards and kept in the workspace. */
import { ScopeUse, type ScopeUseRow } from '../engine/access/scope-use.ts';
import type { Finding } from '../engine/evidence/finding.ts';
import type { Store } from '../store/store.ts';

const META = 'scope-use';
/** A named value of the store may have 64 KiB; callers with the fewest calls give way. */
const CHARACTERS_MAX = 60_000;

/** Adds what one worker has counted since it last told. */
export async function addScopeUse(store: Store, rows: readonly ScopeUseRow[]): Promise<void> {
  const use = await kept(store);
  for (const row of rows) use.add(row);
  const lines = [...use.rows()].sort((one, other) => other.calls - one.calls).map((row) => JSON.stringify(row));
  let length = 2;
  let fit = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > CHARACTERS_MAX) break;
    fit++;
  }
  await store.setMeta(META, `[${lines.slice(0, fit).join(',')}]`);
}

export async function scopeUseFindings(store: Store): Promise<readonly Finding[]> {
  return (await kept(store)).findings();
}

async function kept(store: Store): Promise<ScopeUse> {
  const use = new ScopeUse();
  const text = await store.getMeta(META);
  // Written above, by this version or one before it.
  for (const row of text === null ? [] : (JSON.parse(text) as readonly ScopeUseRow[])) use.add(row);
  return use;
}
