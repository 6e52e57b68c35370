/** What the server tells as it happens: one event stream per workspace, and the state the pages read from it. */
import { useSyncExternalStore } from 'react';
import { type ImportProgress, queryClient, type WorkspaceEvent, within } from './api.ts';
import { preferences } from './preferences.ts';

export interface Live {
  readonly connected: boolean;
  /** When the inventory was last rebuilt, as heard on the stream; 0 = not since the page opened. */
  readonly inventoryMs: number;
  readonly assessmentMs: number;
  /** When decisions of a guard last came in, as heard on the stream; 0 = not since the page opened. */
  readonly decisionsMs: number;
  /** What the server could not do behind the page's back, in its words; null = nothing. */
  readonly fault: string | null;
  /** Running and just finished imports by name; at most 50. */
  readonly imports: ReadonlyMap<string, ImportProgress>;
}

const IMPORTS_MAX = 50;
const idle: Live = { connected: false, inventoryMs: 0, assessmentMs: 0, decisionsMs: 0, fault: null, imports: new Map() };
let live = idle;
let stream: EventSource | null = null;
let streamOf = '';
const listeners = new Set<() => void>();

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const listener of listeners) listener();
}

function hear(ws: string, text: string): void {
  let event: WorkspaceEvent;
  try {
    event = JSON.parse(text) as WorkspaceEvent;
  } catch {
    return;
  }
  if (event.kind === 'import') {
    const imports = new Map(live.imports);
    imports.delete(event.progress.name);
    imports.set(event.progress.name, event.progress);
    for (const name of imports.keys()) {
      if (imports.size <= IMPORTS_MAX) break;
      imports.delete(name);
    }
    set({ imports });
    return;
  }
  if (event.kind === 'fault') {
    set({ fault: event.message });
    return;
  }
  if (event.kind === 'decisions') {
    set({ decisionsMs: Date.now() });
    // Counts are asked again; inventory and findings follow with their own events, and the list of decisions waits for the
    // person, so that rows never move under the pointer.
    if (preferences().live)
      void queryClient.invalidateQueries({
        queryKey: ['ws', ws],
        predicate: ({ queryKey }) => typeof queryKey[2] === 'string' && /^\/(?:threats|guard)\/(?!decisions(?:\?|$))/.test(queryKey[2]),
      });
    return;
  }
  set(event.kind === 'inventory' ? { inventoryMs: event.atMs } : { assessmentMs: event.atMs });
  if (!preferences().live) return;
  // Lists of operations wait for the person ("show"), so that rows never move under the pointer.
  void queryClient.invalidateQueries({
    queryKey: ['ws', ws],
    predicate: ({ queryKey }) => typeof queryKey[2] === 'string' && !/^\/(?:operations|threats\/decisions)(?:\?|$)/.test(queryKey[2]),
  });
}

/** Listens to one workspace; calling it again for the same one does nothing. */
export function listen(ws: string): void {
  if (streamOf === ws && stream !== null && stream.readyState !== EventSource.CLOSED) return;
  stream?.close();
  streamOf = ws;
  live = idle;
  const source = new EventSource(`/api/v1${within(ws, '/events')}`);
  stream = source;
  source.onopen = () => set({ connected: true });
  source.onerror = () => set({ connected: false });
  for (const name of ['inventory', 'assessment', 'decisions', 'import', 'fault', 'message']) {
    source.addEventListener(name, (message) => {
      if (message instanceof MessageEvent && typeof message.data === 'string') hear(ws, message.data);
    });
  }
}

export function clearFault(): void {
  set({ fault: null });
}

export function useLive(): Live {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );
}
