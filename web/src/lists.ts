/** The list a person came from, so that `[` and `]` walk it on a detail page; survives a reload of the tab. */
export interface WalkedList {
  readonly label: string;
  /** Where it was, to go back with filters as they were. */
  readonly href: string;
  readonly ids: readonly string[];
}

/** Ids kept at most: what fits the tab's storage without thought. */
const IDS_MAX = 5000;

export function rememberList(list: WalkedList): void {
  try {
    sessionStorage.setItem('stance.list', JSON.stringify({ ...list, ids: list.ids.slice(0, IDS_MAX) }));
  } catch {
    // Without storage the two keys have nothing to walk; the page works all the same.
  }
}

export function rememberedList(): WalkedList | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem('stance.list') ?? 'null');
    return kept !== null && typeof kept === 'object' && 'ids' in kept && Array.isArray(kept.ids) ? (kept as WalkedList) : null;
  } catch {
    return null;
  }
}
