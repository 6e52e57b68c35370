/**
 * Whether an object in JSON text has one key twice. Readers disagree about which value counts (RFC 8259 section 4), so a rule
 * about such a body would judge one value while the upstream acts on the other.
 */
import type { ParsedBody } from '../http/request.ts';

const known = new WeakMap<ParsedBody, boolean>();

/** Looked at once per body, whatever the number of rules. */
export function bodyHasTwinKeys(body: ParsedBody): boolean {
  let answer = known.get(body);
  if (answer === undefined) {
    answer = body.json !== undefined && hasTwinKeys(body.text ?? '');
    known.set(body, answer);
  }
  return answer;
}

const quote = 34;
const backslash = 92;

/** Tolerant of text that is no JSON: only a string that is followed by a colon inside braces is a key. */
export function hasTwinKeys(text: string): boolean {
  // One set per open brace; null for a bracket, and for a brace that had no key yet.
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 123: // {
      case 91: // [
        open.push(null);
        break;
      case 125: // }
      case 93: // ]
        open.pop();
        break;
      case quote: {
        const end = endOfString(text, at + 1);
        if (colonFollows(text, end + 1) && open.length > 0) {
          const key = unescaped(text.slice(at + 1, end));
          const keys = open.at(-1) ?? new Set<string>();
          if (keys.has(key)) return true;
          keys.add(key);
          open[open.length - 1] = keys;
        }
        at = end;
        break;
      }
    }
  }
  return false;
}

function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return text.length;
}

function colonFollows(text: string, from: number): boolean {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return code === 58;
  }
  return false;
}

function unescaped(key: string): string {
  if (!key.includes('\\')) return key;
  try {
    return String(JSON.parse(`"${key}"`));
  } catch {
    // No JSON string: taken as it stands.
    return key;
  }
}
