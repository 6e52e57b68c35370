/** The shape every source has: a format in, items out, nothing dropped silently. */
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { GuardBatch } from '../engine/evidence/guard-batch.ts';
import type { Settings } from '../engine/evidence/settings.ts';
import type { Exchange } from '../engine/http/exchange.ts';

export type SourceItem =
  | { readonly kind: 'exchange'; readonly exchange: Exchange }
  /** Masked already where it was seen, by a guard. */
  | { readonly kind: 'guard'; readonly batch: GuardBatch }
  | { readonly kind: 'declared-api'; readonly api: DeclaredApi }
  | { readonly kind: 'settings'; readonly settings: Settings /** The YAML as written. */; readonly text: string }
  | {
      readonly kind: 'owners';
      readonly rules: readonly { readonly pattern: string; readonly owners: readonly string[]; readonly line: number }[];
    }
  /** `isUnfinished`: nothing ends the line, its writer may not be done; it is not acknowledged and read again another time. */
  | { readonly kind: 'malformed'; readonly line: number; readonly message: string; readonly isUnfinished?: true }
  | { readonly kind: 'excluded'; readonly line: number; readonly reason: string };

/** Bytes of one input after decompression, with a name to show. */
export interface Input {
  /** Path as given, or `stdin`. */
  readonly name: string;
  /** Decompressed bytes; reading is pulled, so a slow consumer holds the file back. An empty chunk: nothing more for now. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Size on disk (before decompression), null for a stream. For progress. */
  readonly size: number | null;
  /** Bytes of the file on disk consumed so far. */
  consumed(): number;
  /** Reads another file relative to this one (multi-file `$ref`); refuses to leave the folder that was given. */
  sibling(relative: string): Promise<Uint8Array>;
  /** When the file was last written, milliseconds since the epoch; absent for streams. */
  readonly modifiedMs?: number;
  /** Where `bytes()` begins, when an earlier import got part of the way; lines are counted on from there. Absent: at the start. */
  readonly start?: { readonly line: number; readonly byte: number };
  /** Line formats tell after each batch that was taken how far it went: a place to begin from next time. */
  reached?(position: { readonly line: number; readonly byte: number }): void;
}

export interface ReadOptions {
  /** nginx or Apache `log_format` text when the user gave one. */
  readonly logFormat?: string;
  /** Items with a line up to and including this one were already imported: they are skipped, uncounted. */
  readonly afterLine?: number;
  /** Host for lines that carry none. */
  readonly host?: string;
  /** Service for documents and lines that carry none. */
  readonly service?: string;
}

export interface SourceFormat {
  /** `nginx-combined`, `har-1.2`, `openapi`, ...; what `--format` takes. */
  readonly id: string;
  readonly title: string;
  readonly kind: 'traffic' | 'declaration' | 'settings' | 'ownership';
  /** How sure the format is that `head` (the first 64 KiB, decompressed) is its own: 0 to 1. `name` helps (`.har`, `nginx.conf`). */
  detect(head: string, name: string): number;
  /** Items in batches of at most 1,000, in the order of the input; memory is bounded by the longest line (1 MiB) or the document (256 MiB). */
  read(input: Input, options: ReadOptions): AsyncIterable<readonly SourceItem[]>;
}
