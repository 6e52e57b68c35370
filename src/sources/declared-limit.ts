/** Rate limits as documents write them: `100/minute`, `{limit: 100, period: 60}`, `{minute: 100}`. */
import type { DeclaredLimit } from '../engine/evidence/declaration.ts';
import type { DocumentNode } from './document-node.ts';

const unitSeconds: Readonly<Record<string, number>> = {
  second: 1,
  sec: 1,
  s: 1,
  minute: 60,
  min: 60,
  m: 60,
  hour: 3600,
  hr: 3600,
  h: 3600,
  day: 86_400,
  d: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

const limitName = /^x-(?:[a-z]+-)*(?:rate-?limit(?:s|ing)?|throttl(?:e|ing)|quota)(?:-limit|-policy)?$/i;

/** The limit an object states by an extension (`x-rate-limit` and kin, a Kong plugin extension), null when none is readable. */
export function limitExtension(node: DocumentNode): DeclaredLimit | null {
  if (!node.hasExtensions) return null;
  for (const member of node.members()) {
    if (!limitName.test(member.key) && member.key !== 'x-kong-plugin-rate-limiting') continue;
    const stated = member.has('config') ? member.child('config') : member;
    const limit = limitOf(stated) ?? limitWithWindow(node, stated);
    if (limit !== null) return limit;
  }
  return null;
}

/** A limit as text or object; null when it names no number or no window. */
export function limitOf(node: DocumentNode): DeclaredLimit | null {
  if (node.isList)
    return (
      node
        .items()
        .map(limitOf)
        .find((limit) => limit !== null) ?? null
    );
  if (typeof node.value === 'string') return limitText(node.value);
  return node.isMap ? limitObject(node) : null;
}

/** `100/minute`, `100 per 10 seconds`, `5r/s`, `20 requests per hour`. */
export function limitText(text: string): DeclaredLimit | null {
  const match = /^\s*([\d][\d,_]*)\s*(?:r|req|reqs|requests?|calls?|hits?)?\s*(?:\/|per|in|each|every|-)\s*(\d+)?\s*([a-z]+)\s*$/i.exec(
    text,
  );
  if (match === null) return null;
  const seconds = unitSeconds[singular(match[3] ?? '')];
  if (seconds === undefined) return null;
  return positive(Number((match[1] ?? '').replace(/[,_]/g, '')), Number(match[2] ?? 1) * seconds, null);
}

function limitObject(node: DocumentNode): DeclaredLimit | null {
  const by = limitedBy(firstText(node, ['by', 'limit_by', 'limitBy', 'key', 'scope', 'source', 'counted-by']));
  const number = firstNumber(node, ['limit', 'requests', 'rate', 'max', 'count', 'quota', 'calls', 'maxRequests', 'average']);
  const window = firstWindow(node);
  if (number !== null && window !== null) return positive(number, window, by);
  for (const member of node.members()) {
    const unit = /^(?:requests?|calls?|limit|max)?[-_]?(?:per)?[-_]?(second|minute|hour|day|month|year)$/i
      .exec(member.key)?.[1]
      ?.toLowerCase();
    if (unit !== undefined && member.number !== null) return positive(member.number, unitSeconds[unit] ?? 0, by);
  }
  const inner = firstText(node, ['limit', 'rate', 'requests']);
  const stated = inner === null ? null : limitText(inner);
  return stated === null ? null : { ...stated, by: by ?? stated.by };
}

/** `x-rate-limit: 100` with `x-rate-limit-window: 60` beside it. */
function limitWithWindow(owner: DocumentNode, stated: DocumentNode): DeclaredLimit | null {
  if (stated.number === null) return null;
  for (const member of owner.members()) {
    if (!/^x-.*(?:window|period|interval|per)$/i.test(member.key)) continue;
    const seconds = durationSeconds(member);
    if (seconds !== null) return positive(stated.number, seconds, null);
  }
  return null;
}

function firstWindow(node: DocumentNode): number | null {
  for (const name of ['windowSeconds', 'window', 'period', 'per', 'interval', 'unit', 'time_window', 'duration', 'seconds', 'timeUnit']) {
    const seconds = durationSeconds(node.child(name));
    if (seconds !== null) return seconds;
  }
  return null;
}

/** Seconds of `60`, `"60s"`, `"1m"`, `"minute"`, `"PT1M"`; null when it is none of these. */
export function durationSeconds(node: DocumentNode): number | null {
  if (node.number !== null) return node.number;
  const text = node.text?.trim();
  if (text === undefined) return null;
  const iso = /^PT?(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/i.exec(text);
  if (iso !== null && text.length > 2) {
    const [, days = 0, hours = 0, minutes = 0, seconds = 0] = iso.map((part) => Number(part ?? 0));
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds;
  }
  const match = /^(\d+(?:\.\d+)?)?\s*(ms|[a-z]+)$/i.exec(text);
  if (match === null) return null;
  const amount = Number(match[1] ?? 1);
  if (match[2]?.toLowerCase() === 'ms') return amount / 1000;
  const unit = unitSeconds[singular(match[2] ?? '')];
  return unit === undefined ? null : amount * unit;
}

/** What a limit counts by, in our words; null when the document's word is not known. */
export function limitedBy(word: string | null): string | null {
  if (word === null) return null;
  const text = word.toLowerCase();
  if (/remote_addr|binary_remote|client_?ip|x_forwarded|\bip\b|address|forwarded-for/.test(text)) return 'address';
  if (/api_?-?key|credential|authorization/.test(text)) return 'key';
  if (/consumer|user|identity|subject|\bsub\b|tenant|account|jwt|token|client/.test(text)) return 'identity';
  if (/route|service|path|uri|server/.test(text)) return 'route';
  return /global|all|everyone/.test(text) ? 'global' : null;
}

function singular(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.length > 1 && lower.endsWith('s') ? lower.slice(0, -1) : lower;
}

function firstText(node: DocumentNode, names: readonly string[]): string | null {
  for (const name of names) {
    const { value } = node.child(name);
    if (typeof value === 'string') return value;
  }
  return null;
}

function firstNumber(node: DocumentNode, names: readonly string[]): number | null {
  for (const name of names) {
    const { number } = node.child(name);
    if (number !== null) return number;
  }
  return null;
}

function positive(requests: number, windowSeconds: number, by: string | null): DeclaredLimit | null {
  return requests > 0 && windowSeconds > 0 && Number.isFinite(requests * windowSeconds) ? { requests, windowSeconds, by } : null;
}
