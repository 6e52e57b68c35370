/**
 * The tables as Kysely sees them. Ids are text (paths and blocks: numbers), times are milliseconds since the epoch,
 * `body` is JSON as text, parsed in code. What is filtered or sorted by stands in a column of its own.
 */
export interface Tables {
  migrations: { number: number; name: string; at_ms: number };
  meta: { key: string; value: string };
  sources: { id: string; imported_ms: number; body: string };
  checkpoints: { source_id: string; prefix_hash: string; prefix_bytes: number; line: number; byte_offset: number };
  documents: { id: string; source_id: string; seq: number; body: string };
  paths: { id: number; key_hash: string; path_key: string; body: string };
  path_moves: { from_id: number; to_id: number };
  rollups: {
    path_id: number;
    hour_ms: number;
    count: number;
    s1: number;
    s2: number;
    s3: number;
    s4: number;
    s5: number;
    unanswered: number;
    response_bytes: number;
  };
  exchange_blocks: {
    id: number;
    source_id: string;
    first_ms: number;
    last_ms: number;
    row_count: number;
    byte_count: number;
    statuses: string;
    auths: string;
    path_ids: Uint8Array;
    body: Uint8Array;
  };
  decisions: { id: string; seq: number; at_ms: number; body: string };
  inventory: { id: number; built_ms: number; summary: string };
  operations: OperationsTable;
  operation_bodies: { id: string; body: string };
  path_operations: { path_id: number; operation_id: string };
  folded_paths: { id: string; digest: string; reason: string; count: number; search: string; body: string };
  findings: { id: string; digest: string; ord: number; body: string };
  finding_states: {
    id: string;
    state: string;
    reason: string | null;
    until_ms: number | null;
    owner: string | null;
    decided_ms: number;
  };
  assessments: {
    seq: number;
    at_ms: number;
    model: string;
    proven: number;
    possible: number;
    pillars: string;
    body: string | null;
  };
  ledger: { seq: number; at_ms: number; body: string };
  changes: { id: string; decided_ms: number; body: string };
  policy_versions: { seq: number; body: string; policy: string };
  decision_records: DecisionRecordsTable;
  decision_bodies: { seq: number; body: string };
  /** `outcome` is also `request`: all that came, with empty section and rule. */
  decision_counts: {
    step_ms: number;
    start_ms: number;
    service: string;
    outcome: string;
    section: string;
    rule: string;
    count: number;
  };
  guard_workers: { id: string; at_ms: number; seen: string; body: string };
  audit: { seq: number; at_ms: number; actor: string; action: string; subject: string; detail: string };
}

/** Filter and sort columns of an operation; the operation itself is in `operation_bodies`, so that scans stay narrow. */
export interface OperationsTable {
  id: string;
  /** Of the body: an unchanged operation is not written again. */
  digest: string;
  service: string;
  method: string;
  state: string;
  /** Empty = none known. */
  owner: string;
  /** Names between line breaks: `\njwt\nnone\n`. */
  auths: string;
  audience: string;
  /** As `auths`. */
  environments: string;
  /** 1 = differs somewhere. */
  drift: number;
  /** Lower case, what a text filter looks in. */
  search: string;
  template: string;
  per_day: number;
  clients: number;
  first_ms: number;
  last_ms: number;
  gaps: number;
}

/** What decision records are filtered and counted by; '' = not known. The record itself is in `decision_bodies`, so that scans stay narrow. */
export interface DecisionRecordsTable {
  seq: number;
  at_ms: number;
  count: number;
  outcome: string;
  section: string;
  rule: string;
  method: string;
  template: string;
  service: string;
  host: string;
  client: string;
  network: string;
  principal: string;
  agent: string;
  status: string;
  incident: string;
}
