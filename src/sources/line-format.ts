/** Makes a source format out of a parser for one line. */
import { StanceError } from '../errors.ts';
import { excluded, exclusionReasons, malformed } from './exclusion.ts';
import { type LineReceiver, LineSplitter } from './lines.ts';
import { unwrapLine } from './log-envelope.ts';
import type { Input, ReadOptions, SourceFormat, SourceItem } from './source.ts';

/** Items in one batch at most, as `SourceFormat.read` promises. */
export const batchItemsMax = 1000;

/** Bytes of input that one batch may stand for; with long lines a batch is given before it is full. */
export const batchBytesMax = 4 * 1024 * 1024;

/** Lines of the head that detection looks at; more would only repeat what the first ones say. */
const detectLinesMax = 60;

/** One item for each line; never throws. A parser may remember header lines, so every reading has its own. */
export type LineParser = (line: string, number: number) => SourceItem;

export type InnerParser = (text: string, number: number, envelope: string) => SourceItem;

export interface LineFormatParts {
  readonly id: string;
  readonly title: string;
  readonly parser: (options: ReadOptions) => LineParser;
  /** How much more specific the format is than others that accept the same lines: 0 to 1, times the share of lines accepted. */
  readonly weight: number;
  /** True when a line can be read without those before it, so that reading can begin at a byte offset. */
  readonly stateless: boolean;
  /** Parser for what an envelope held, when it is not the same one; `envelope` is the whole line. */
  readonly inner?: (options: ReadOptions) => InnerParser;
  /** Longest line in bytes, when other than usual. */
  readonly lineBytesMax?: number;
}

export interface LineFormat extends SourceFormat {
  readonly parser: LineFormatParts['parser'];
  readonly stateless: boolean;
}

/** Whether a format is read line by line, so that its inputs can grow. */
export function isLineFormat(format: SourceFormat): format is LineFormat {
  return 'stateless' in format;
}

export function lineFormat(parts: LineFormatParts): LineFormat {
  return {
    id: parts.id,
    title: parts.title,
    kind: 'traffic',
    parser: parts.parser,
    stateless: parts.stateless,
    detect: (head) => sureness(head, wrapped(parts, {}), parts.weight),
    read: (input, options) => readLines(input, options, parts),
  };
}

/**
 * Weight times the cube of the share of lines that are the format's own: a format that misses every fifth line is half as
 * sure, so that a mixed file is not given to the format of its majority. Comments and blank lines do not count. A file of
 * nothing but other log lines goes, with little sureness, to the least specific, so that each line is counted with its reason.
 */
function sureness(head: string, parse: LineParser, weight: number): number {
  let accepted = 0;
  let judged = 0;
  let others = 0;
  let start = 0;
  for (let number = 1; number <= detectLinesMax && start < head.length; number += 1) {
    const end = head.indexOf('\n', start);
    // The head may stop inside its last line; when it is the only one, it is all there is.
    if (end < 0 && number > 1 && head.length >= headCutCharacters) break;
    const line = head.slice(start, end < 0 ? head.length : end).replace(/\r$/, '');
    start = end < 0 ? head.length : end + 1;
    const item = parse(line, number);
    if (item.kind === 'excluded' && otherReasons.has(item.reason)) others += 1;
    const isOwn = item.kind === 'exchange' || (item.kind === 'excluded' && requestReasons.has(item.reason));
    if (isOwn) accepted += 1;
    if (isOwn || item.kind === 'malformed') judged += 1;
  }
  if (judged === 0) return others > 0 ? (1 - weight) * othersSureness : 0;
  return weight * (accepted / judged) ** 3;
}

/** A head this long was probably cut inside a line. */
const headCutCharacters = 60_000;
const othersSureness = 0.5;
const otherReasons: ReadonlySet<string> = new Set([exclusionReasons.errorLog, exclusionReasons.otherLog, exclusionReasons.cloudTrail]);

/** The line was understood, though it holds no exchange. */
const requestReasons: ReadonlySet<string> = new Set([
  exclusionReasons.notHttp,
  exclusionReasons.tls,
  exclusionReasons.noRequest,
  exclusionReasons.tunnel,
  exclusionReasons.serverWide,
  exclusionReasons.clientSpan,
  exclusionReasons.innerSpan,
]);

/** The parser, tried again on what syslog, a container runtime or a log shipper wrapped. */
function wrapped(parts: LineFormatParts, options: ReadOptions): LineParser {
  const parse = parts.parser(options);
  return withEnvelope(parse, parts.inner?.(options) ?? parse);
}

export function withEnvelope(parse: LineParser, parseInner: InnerParser): LineParser {
  return (line, number) => {
    if (line.length === 0 || line.trim().length === 0) return excluded(number, exclusionReasons.blank);
    const item = parse(line, number);
    const isForeign = item.kind === 'malformed' || (item.kind === 'excluded' && item.reason === exclusionReasons.otherLog);
    if (!isForeign) return item;
    const inner = unwrapLine(line);
    if (inner === null) return item;
    const again = inner.kind === 'line' ? parseInner(inner.text, number, line) : excluded(number, inner.reason);
    return again.kind === 'malformed' ? item : again;
  };
}

async function* readLines(input: Input, options: ReadOptions, parts: LineFormatParts): AsyncIterable<readonly SourceItem[]> {
  const parse = wrapped(parts, options);
  const afterLine = options.afterLine ?? 0;
  let items: SourceItem[] = [];
  let ends: number[] = [];
  let givenByte = input.start?.byte ?? 0;
  const take = (item: SourceItem, endByte: number, hasBreak: boolean) => {
    // A last line that is cut off is told, and read again when its writer is done with it.
    const isUnfinished = item.kind === 'malformed' && !hasBreak;
    items.push(isUnfinished ? { ...item, isUnfinished } : item);
    ends.push(isUnfinished ? (ends[ends.length - 1] ?? givenByte) : endByte);
  };
  const receiver: LineReceiver = {
    line(text, number, endByte, hasBreak) {
      // Lines already imported are still parsed when the parser keeps header lines.
      if (number <= afterLine) {
        if (!parts.stateless) parse(text, number);
        return;
      }
      take(parse(text, number), endByte, hasBreak);
    },
    unreadable(number, message, endByte, hasBreak) {
      if (number > afterLine) take(malformed(number, message), endByte, hasBreak);
    },
  };
  const splitter = new LineSplitter(receiver, {
    ...(parts.lineBytesMax === undefined ? {} : { bytesMax: parts.lineBytesMax }),
    start: input.start,
  });

  let failure: unknown = null;
  const chunks = input.bytes()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        failure = error;
        return null;
      });
      if (next === null) splitter.breakOff();
      else if (next.done) splitter.end();
      else splitter.push(next.value);
      const over = next === null || next.done === true;
      // An empty chunk says that there is nothing more for now: who follows a log should not wait for a full batch.
      const isIdle = next !== null && !next.done && next.value.length === 0;
      const isFull = over || isIdle || (ends[ends.length - 1] ?? 0) - givenByte >= batchBytesMax;
      let from = 0;
      while (items.length - from >= batchItemsMax || (isFull && items.length > from)) {
        const batch = items.slice(from, from + batchItemsMax);
        from += batch.length;
        const last = batch.findLast((item) => !(item.kind === 'malformed' && item.isUnfinished === true));
        const endByte = ends[from - 1];
        yield batch;
        if (last === undefined || endByte === undefined) break;
        givenByte = endByte;
        input.reached?.({ line: lineOf(last), byte: endByte });
      }
      if (from > 0) {
        items = items.slice(from);
        ends = ends.slice(from);
      }
      if (over) break;
    }
  } finally {
    await chunks.return?.();
  }
  if (failure !== null) throw incomplete(input.name, splitter.lines, failure);
}

function lineOf(item: SourceItem): number {
  if (item.kind === 'exchange') return item.exchange.line;
  return item.kind === 'malformed' || item.kind === 'excluded' ? item.line : 0;
}

/** The input broke off: what was read before counts, and the user is told. */
export function incomplete(name: string, linesRead: number, cause: unknown): StanceError {
  if (!(cause instanceof StanceError)) throw cause;
  return new StanceError('incomplete', {
    message: `${cause.message} ${linesRead} lines before that were read.`,
    unchanged: 'What was read before that stays counted.',
    next: `Get a whole copy of ${name} and import it again; nothing counts twice.`,
    cause,
  });
}
