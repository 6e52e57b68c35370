/** Shortcuts: single keys, two-key sequences (`g i`) and modified keys; never while somebody types or a dialog is open. */
import { useEffect, useRef } from 'react';
import { preferences } from './preferences.ts';

export type Bindings = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const layers: { current: Bindings }[] = [];
let pending = '';
let pendingAt = 0;
/** How long the second key of a sequence may take. */
const SEQUENCE_MS = 1200;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio'))
  );
}

function inOverlay(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"],[role="alertdialog"],[role="menu"],[role="listbox"]') !== null;
}

function keyOf(event: KeyboardEvent): string {
  const modifier = event.ctrlKey || event.metaKey ? 'mod+' : '';
  return modifier + (event.key.length === 1 ? event.key.toLowerCase() : event.key);
}

function heard(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const key = keyOf(event);
  const modified = key.startsWith('mod+');
  if (!modified && (!preferences().singleKeys || typing(event.target) || inOverlay(event.target))) return;
  const sequence = pending !== '' && event.timeStamp - pendingAt < SEQUENCE_MS ? `${pending} ${key}` : key;
  pending = '';
  for (let at = layers.length - 1; at >= 0; at--) {
    const run = layers[at]?.current[sequence] ?? layers[at]?.current[key];
    if (run !== undefined) {
      event.preventDefault();
      run(event);
      return;
    }
  }
  if (key === 'g' && !modified) {
    pending = key;
    pendingAt = event.timeStamp;
  }
}

/** Adds shortcuts while the component is shown; the newest layer wins. */
export function useKeys(bindings: Bindings): void {
  const layer = useRef(bindings);
  layer.current = bindings;
  useEffect(() => {
    if (layers.length === 0) document.addEventListener('keydown', heard);
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) document.removeEventListener('keydown', heard);
    };
  }, []);
}

/** All keys, as the help shows them. */
export const keyHelp: readonly { readonly group: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    group: 'Anywhere',
    keys: [
      ['Ctrl K', 'search and commands'],
      ['/', 'go to the search field of the page'],
      ['?', 'this list'],
      ['g p', 'posture'],
      ['g i', 'inventory'],
      ['g t', 'triage'],
      ['g h', 'threats'],
      ['g c', 'controls'],
      ['g s', 'sources'],
      ['g e', 'settings'],
    ],
  },
  {
    group: 'In a list',
    keys: [
      ['j', 'next row'],
      ['k', 'previous row'],
      ['x', 'select the row'],
      ['Enter', 'open the row'],
    ],
  },
  {
    group: 'On an operation',
    keys: [
      ['[', 'previous of the list you came from'],
      [']', 'next of the list you came from'],
    ],
  },
  {
    group: 'In triage',
    keys: [
      ['1', 'accept'],
      ['2', 'duplicate'],
      ['3', 'dismiss'],
      ['h', 'snooze until a date'],
      ['a', 'assign an owner'],
    ],
  },
  { group: 'On posture', keys: [['a', 'accept the one change']] },
];
