/**
 * Names for learned parameters, from what a reader of the path would call them: the key that echoed the value, else the
 * noun before it, else the format. Never a bare number.
 */
import { readsAsVersion, splitExtension } from '../../http/segment.ts';
import { singular, wordsOf } from '../../http/vocabulary.ts';
import type { ParameterFacts } from './template-tree.ts';

export type NameStyle = 'camel' | 'snake';

const generic = /^(id|uid|uuid|guid|_id|node_id|iid)$/i;
const genericName =
  /^(name|login|slug|key|code|number|title|label|tag|handle|username|acct|ref|sha|token|hash|version|sid|domain|host|hostname|email|filename)$/i;

export function styleOf(literals: Iterable<string>): NameStyle {
  let snake = 0;
  let camel = 0;
  for (const text of literals) {
    // How files are named says nothing of the interface.
    if (text.includes('.')) continue;
    if (/[a-z]_[a-z]/.test(text)) snake++;
    else if (/[a-z][A-Z]/.test(text)) camel++;
  }
  return snake > camel ? 'snake' : 'camel';
}

function join(words: readonly string[], style: NameStyle): string {
  if (style === 'snake') return words.join('_');
  return words.map((word, index) => (index === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1))).join('');
}

function byShape(facts: ParameterFacts): string | null {
  let best: string | null = null;
  let most = 0;
  for (const [shape, n] of facts.shapes) {
    if (shape === 'unset' || n < most || (n === most && best !== null && shape > best)) continue;
    best = shape;
    most = n;
  }
  return best;
}

const shapeNames: Readonly<Record<string, string>> = {
  date: 'date',
  email: 'email',
  ip: 'ip',
  phone: 'phone',
  version: 'version',
  decimal: 'amount',
  path: 'path',
  host: 'host',
  handle: 'handle',
  mac: 'mac',
  jwt: 'token',
};

/** The key that echoed most, when it says more than `id`. */
function byEcho(facts: ParameterFacts): readonly string[] | null {
  let best: string | null = null;
  let most = 0;
  for (const [name, n] of facts.echoes) {
    if (n > most || (n === most && best !== null && name < best)) {
      best = name;
      most = n;
    }
  }
  if (best === null) return null;
  const [parent, key] = best.includes('.') ? best.split('.') : [null, best];
  if (key === undefined || generic.test(key)) return null;
  const words = wordsOf(key);
  if (parent !== null && parent !== undefined && genericName.test(key)) {
    const owner = singular(wordsOf(parent).join('_')).split('_');
    return owner.length <= 3 ? [...owner, ...(key.toLowerCase() === 'login' ? [] : words)] : words;
  }
  return words.length > 0 && words.length <= 4 ? words : null;
}

/** @param before literals before the parameter, nearest last  @param taken names used to the left in this template */
export function nameParameter(
  facts: ParameterFacts,
  before: readonly string[],
  afterParameter: boolean,
  style: NameStyle,
  taken: ReadonlySet<string>,
): string {
  const parent = [...before].reverse().find((text) => !readsAsVersion(text) && !/^(api|rest|apis)$/i.test(text));
  const noun =
    parent === undefined
      ? []
      : wordsOf(singularPhrase(splitExtension(parent)?.stem ?? parent)).filter((word) => !/^(by|get|for|the|of|with|in|to)$/.test(word));
  const shape = byShape(facts);
  const words = shape === 'word' || shape === 'text' || shape === 'alnum';
  const options: string[] = [];
  const named = shape === null ? undefined : shapeNames[shape];
  const echo = byEcho(facts);
  if (named !== undefined) options.push(join(named.split(' '), style));
  if (echo !== null) options.push(join(echo, style));
  const files = facts.words.some((word) => splitExtension(word) !== null);
  if (files) options.push('file');
  if (noun.length > 0 && !afterParameter) options.push(join([...noun.slice(-3), words ? 'name' : 'id'], style));
  if (noun.length > 0) options.push(join([...noun.slice(-2), afterParameter ? 'key' : 'ref'], style));
  if (words) options.push('name', 'item');
  options.push('id', 'key', 'value', 'part', 'item', 'detail');
  for (const option of options) if (/^[A-Za-z_]/.test(option) && !taken.has(option)) return option;
  // Six parameters in a row without a word between them: letters tell them apart.
  return `part${String.fromCharCode(65 + (taken.size % 26))}`;
}

function singularPhrase(text: string): string {
  const words = wordsOf(text);
  const last = words.at(-1);
  return last === undefined ? text : [...words.slice(0, -1), singular(last)].join('_');
}
