/** The account a source keeps of what it was given; the parts add up to `seen`, so that nothing is dropped silently. */
export interface SourceAccount {
  /** Lines, entries or spans met. */
  readonly seen: number;
  /** Turned into exchanges or declared operations that count. */
  readonly read: number;
  /** Read, and folded as noise, by reason. */
  readonly folded: Readonly<Record<string, number>>;
  /** Well-formed, and not an exchange of ours (comments, other log types, client spans), by reason. */
  readonly excluded: Readonly<Record<string, number>>;
  readonly malformed: number;
  /** The first few, at most 10. */
  readonly malformedLines: readonly { readonly line: number; readonly message: string }[];
}

/** One input that was imported, and what is known of its health. */
export interface SourceRecord {
  readonly id: string;
  /** Name as given: file path, `stdin`, `otlp`. */
  readonly name: string;
  readonly format: string;
  readonly kind: 'traffic' | 'declaration' | 'settings' | 'ownership';
  readonly state: 'running' | 'complete' | 'interrupted' | 'following';
  readonly bytes: number | null;
  readonly account: SourceAccount;
  readonly importedMs: number;
  /** Span of the observations, null for declarations. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** What this source can and cannot show; `doctor` prints it. */
  readonly sight: SourceSight;
}

/** Shares are 0 to 1 of exchanges read. */
export interface SourceSight {
  readonly exchanges: number;
  readonly withClientAddress: number;
  /** Distinct client addresses, at most counted to 1000: 1 suggests that only a proxy is seen. */
  readonly distinctClients: number;
  readonly withCredentialInfo: number;
  readonly withHeaders: number;
  readonly withBodies: number;
  readonly withDuration: number;
  readonly withHost: number;
  /** Time stamps later than the import, and lines whose time ran backwards by more than a minute. */
  readonly inFuture: number;
  readonly outOfOrder: number;
  readonly largestGapMs: number;
}
