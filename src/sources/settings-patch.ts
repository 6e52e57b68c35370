/** Changes written back into a `stance.yaml`: only what changes is touched; comments, order and spelling stay. */
import { type Document, isMap, isSeq, parseDocument } from 'yaml';
import { StanceError } from '../errors.ts';

/** Where a value goes: map keys, and for lists a member that names the entry (`{ id: 'F-12' }`). */
export type PatchStep = string | { readonly [key: string]: string };

export type SettingsChange =
  | { readonly kind: 'set'; readonly path: readonly PatchStep[]; readonly value: unknown }
  | { readonly kind: 'append'; readonly path: readonly PatchStep[]; readonly value: unknown }
  | { readonly kind: 'remove'; readonly path: readonly PatchStep[] };

/**
 * The text with one or more changes made. `set` makes missing maps on the way, and for a list step the entry with that
 * member is replaced or, when there is none, added; `append` adds to a list; `remove` of what is not there changes nothing.
 * @throws StanceError `config-invalid` when the text is not YAML that can be edited.
 */
export function writeSettingsPatch(text: string, changes: SettingsChange | readonly SettingsChange[]): string {
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) throw notEditable('it has errors; correct them first');
  if (document.contents !== null && !isMap(document.contents)) throw notEditable('it is not a map of settings');
  const list: readonly SettingsChange[] = Array.isArray(changes) ? changes : [changes as SettingsChange];
  for (const change of list) apply(document, change);
  return asSpelledBefore(text, document.toString({ lineWidth: 0, ...spellingOf(text) }));
}

/**
 * The writer sets spaces of its own around comments and brackets; lines that say what they said before get their old
 * spelling back. Kept only when both texts mean the same, since spaces inside quotes matter.
 */
function asSpelledBefore(before: string, written: string): string {
  const old = before.split('\n');
  let from = 0;
  const lines = written.split('\n').map((line) => {
    if (line.trim() === '') return line;
    const at = old.findIndex((candidate, index) => index >= from && bare(candidate) === bare(line));
    if (at < 0) return line;
    from = at + 1;
    return old[at] ?? line;
  });
  const restored = lines.join('\n');
  return meaning(restored) === meaning(written) ? restored : written;
}

/** A line with its indentation, and single spaces, none inside brackets. */
function bare(line: string): string {
  const indent = /^\s*/.exec(line)?.[0] ?? '';
  return (
    indent +
    line
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/([{[]) | ([}\]])/g, '$1$2')
  );
}

function meaning(text: string): string {
  return JSON.stringify(parseDocument(text, { logLevel: 'silent' }).toJS());
}

/** How the file is spelled where the writer has a choice: `{ a: 1 }` or `{a: 1}`, list items indented or not. */
function spellingOf(text: string): { flowCollectionPadding: boolean; indentSeq: boolean } {
  return { flowCollectionPadding: !/[{[][^\s{}[\]]/.test(text), indentSeq: !/^( *)[^\s#-][^\n]*:[ ]*\n\1- /m.test(text) };
}

function notEditable(why: string): StanceError {
  return new StanceError('config-invalid', {
    message: `stance.yaml cannot be edited: ${why}.`,
    next: 'Run `stance config explain` to see what is wrong.',
  });
}

function apply(document: Document, change: SettingsChange): void {
  const path = positions(document, change.path);
  switch (change.kind) {
    case 'set':
      document.setIn(path.keys, document.createNode(change.value));
      return;
    case 'append': {
      const list = document.getIn(path.keys);
      if (isSeq(list)) list.add(document.createNode(change.value));
      else document.setIn(path.keys, document.createNode([change.value]));
      return;
    }
    case 'remove':
      if (path.isThere) document.deleteIn(path.keys);
      return;
  }
}

/** Steps turned into keys and list positions; a list entry that is not there gets the position after the last. */
function positions(document: Document, steps: readonly PatchStep[]): { readonly keys: (string | number)[]; readonly isThere: boolean } {
  const keys: (string | number)[] = [];
  for (const step of steps) {
    if (typeof step === 'string') {
      // A map that is there without a value (`waivers:`) is filled like one that is absent.
      if (keys.length > 0 && document.hasIn(keys) && document.getIn(keys) === null) document.setIn(keys, document.createNode({}));
      keys.push(step);
      continue;
    }
    const list = document.getIn(keys);
    const items = isSeq(list) ? list.items : [];
    const at = items.findIndex((item) => isMap(item) && Object.entries(step).every(([key, value]) => item.get(key) === value));
    if (!isSeq(list)) document.setIn(keys, document.createNode([]));
    keys.push(at < 0 ? items.length : at);
  }
  return { keys, isThere: document.hasIn(keys) };
}
