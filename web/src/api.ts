/** The one way the page talks to the server: `/api/v1`, problem+json for errors, a token on every change. */
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import type * as contract from '../../src/server/contract.ts';

export type {
  Assessment,
  AuditEntry,
  Band,
  Candidate,
  ChangeRecord,
  ControlResult,
  ControlRow,
  CurrentPolicy,
  DecisionExplanation,
  DecisionFacets,
  DecisionGroup,
  DecisionPage,
  DecisionPoint,
  DecisionPreview,
  DecisionRecord,
  DecisionSeries,
  DoctorLine,
  EvidenceView,
  ExchangeRow,
  Finding,
  FindingRow,
  FindingState,
  FirstAnswers,
  FoldedPath,
  GuardStatus,
  GuardWorker,
  ImportProgress,
  ImportReport,
  InventorySummary,
  LedgerLine,
  NextChange,
  Operation,
  OperationDetail,
  OperationState,
  Pillar,
  PolicyPlace,
  PolicyPreview,
  PolicySummary,
  PolicyVersion,
  Posture,
  ReplayReport,
  RuleFromFilter,
  ScorePoint,
  Severity,
  SourceAccount,
  SourceRecord,
  StoredDecision,
  TemplateDecision,
  ThreatSummary,
  UnitResult,
  WorkspaceEvent,
  WorkspaceRow,
} from '../../src/server/contract.ts';
export type Outcome = contract.ControlResult['outcome'];
export type HourRow = contract.HourRows['rows'][number];
export type FacetName = keyof contract.OperationFacets;
export type Drift = contract.Operation['drift'][number];

/** What went wrong, in the words of the server: what failed, what stayed as it was, what to do next. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly unchanged: string;
  readonly next: string;
  constructor(parts: { status: number; code: string; title: string; detail?: string; unchanged?: string; next?: string }) {
    super(parts.title);
    this.status = parts.status;
    this.code = parts.code;
    this.detail = parts.detail ?? '';
    this.unchanged = parts.unchanged ?? '';
    this.next = parts.next ?? '';
  }
}

let csrf = '';

interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  /** A file or other raw body; sent as it is. */
  readonly raw?: Blob;
  readonly signal?: AbortSignal | undefined;
}

export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' };
  const init: RequestInit = { method: options.method ?? 'GET', headers, credentials: 'same-origin' };
  if (options.signal !== undefined) init.signal = options.signal;
  if (init.method !== 'GET') headers['x-stance-csrf'] = csrf;
  if (options.raw !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    init.body = options.raw;
  } else if (options.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, init);
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    throw new Problem({
      status: 0,
      code: 'server-unreachable',
      title: 'The page cannot reach the server.',
      unchanged: 'Nothing was changed.',
      next: 'Look whether "stance up" still runs in its terminal; this page tries again by itself.',
    });
  }
  const text = await response.text();
  const value = parsed(text);
  if (!response.ok) throw problemOf(response.status, value);
  return value as T;
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemOf(status: number, value: unknown): Problem {
  const part = (name: string): string => {
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    return typeof found === 'string' ? found : '';
  };
  return new Problem({
    status,
    code: part('code') || `http-${status}`,
    title: part('title') || `The server answered ${status}.`,
    detail: [part('detail'), ...fieldsOf(value)].filter((one) => one !== '').join(' '),
    unchanged: part('unchanged'),
    next: part('next'),
  });
}

/** Which fields of a request were refused, in words. */
function fieldsOf(value: unknown): string[] {
  const fields: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'fields') : undefined;
  return Array.isArray(fields) ? fields.map(({ field, message }: { field: string; message: string }) => `${field}: ${message}`) : [];
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 600_000,
      // What the user must fix does not mend itself; an unreachable server may.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.status === 0 || error.status >= 502),
      refetchOnWindowFocus: false,
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => {
    const session = await request<contract.SessionView>('/session', { signal });
    csrf = session.csrf;
    return session;
  },
  staleTime: Number.POSITIVE_INFINITY,
  retry: (failures, error) => failures < 2 && error instanceof Problem && error.status === 0,
});

export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: ({ signal }) => request<{ rows: readonly contract.WorkspaceRow[] }>('/workspaces', { signal }),
});

/** Address of a workspace's part of the API. */
export function within(ws: string, path: string): string {
  return `/workspaces/${encodeURIComponent(ws)}${path}`;
}

/** A query of one workspace; its key is its address, so one call site cannot disagree with another. */
function of<T>(ws: string, path: string) {
  return queryOptions({
    queryKey: ['ws', ws, path],
    queryFn: ({ signal }) => request<T>(within(ws, path), { signal }),
    placeholderData: keepPreviousData,
  });
}

export type Filters = Readonly<Record<string, string | readonly string[] | undefined>>;

export function queryString(filters: Filters): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value === undefined) continue;
    for (const one of typeof value === 'string' ? [value] : value) if (one !== '') params.append(name, one);
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export const query = {
  posture: (ws: string) => of<contract.Posture>(ws, '/posture'),
  controls: (ws: string) => of<{ rows: readonly contract.ControlRow[] }>(ws, '/controls'),
  control: (ws: string, id: string) => of<contract.ControlRow>(ws, `/controls/${encodeURIComponent(id)}`),
  findings: (ws: string, filters: Filters) => of<contract.FindingPage>(ws, `/findings${queryString(filters)}`),
  sources: (ws: string) => of<{ rows: readonly contract.SourceRecord[] }>(ws, '/sources'),
  doctor: (ws: string) => of<{ lines: readonly contract.DoctorLine[] }>(ws, '/doctor'),
  settings: (ws: string) => of<contract.SettingsView>(ws, '/settings'),
  audit: (ws: string) => of<{ rows: readonly contract.AuditEntry[] }>(ws, '/audit?limit=100'),
  inventory: (ws: string) => of<contract.InventoryView>(ws, '/inventory'),
  operations: (ws: string, filters: Filters) => of<contract.OperationPage>(ws, `/operations${queryString(filters)}`),
  facets: (ws: string, filters: Filters) => of<contract.OperationFacets>(ws, `/operations/facets${queryString(filters)}`),
  operation: (ws: string, id: string) => of<contract.OperationDetail>(ws, `/operations/${encodeURIComponent(id)}`),
  hours: (ws: string, id: string, fromMs: number) =>
    of<contract.HourRows>(ws, `/operations/${encodeURIComponent(id)}/hours?from=${fromMs}`),
  exchanges: (ws: string, id: string, before: string | undefined) =>
    of<contract.ExchangePage>(ws, `/operations/${encodeURIComponent(id)}/exchanges${queryString({ before, limit: '50' })}`),
  evidence: (ws: string, ref: string) => of<contract.EvidenceView>(ws, `/evidence${queryString({ ref })}`),
  guard: (ws: string) => of<contract.GuardStatus>(ws, '/guard/status'),
  /** @param filter as `threatQuery` makes it */
  threatSummary: (ws: string, filter: string) => of<contract.ThreatSummary>(ws, `/threats/summary${filter}`),
  threatSeries: (ws: string, filter: string) => of<contract.DecisionSeries>(ws, `/threats/series${filter}`),
  threatFacets: (ws: string, filter: string) => of<contract.DecisionFacets>(ws, `/threats/facets${filter}`),
  explanation: (ws: string, incident: string) =>
    of<contract.DecisionExplanation>(ws, `/policy/explain${queryString({ decision: incident })}`),
  policy: (ws: string) => of<contract.CurrentPolicy>(ws, '/policy'),
  policyVersions: (ws: string) => of<{ rows: readonly contract.PolicyVersion[] }>(ws, '/policy/versions'),
  policyPlace: (ws: string, place: Filters) => of<contract.PolicyPlace>(ws, `/policy/place${queryString(place)}`),
  decisions: (ws: string) => of<{ rows: readonly contract.StoredDecision[] }>(ws, '/decisions'),
};

/** Everything of a workspace is asked again; used after a change made here. */
export function refresh(ws: string): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ['ws', ws] });
}
