/** Ctrl-K: one list over pages, commands and operations; the server searches the operations. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { query } from '../api.ts';
import { places } from '../places.ts';
import { setPreferences } from '../preferences.ts';
import { Overlay } from './overlay.tsx';

interface Hit {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

export function Palette({ ws, onClose, onHelp }: { ws: string; onClose: () => void; onHelp: () => void }) {
  const router = useRouter();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const wanted = useDeferredValue(text.trim());
  const operations = useQuery({ ...query.operations(ws, { text: wanted, limit: '8' }), enabled: wanted.length > 1 });
  const go = (to: string, search: Record<string, string> = {}) =>
    void router.navigate({ to, search: (before: object) => ({ ...pickKept(before), ...search }) } as never);
  const commands: readonly Hit[] = [
    ...places.map(({ to, label, key }) => ({ id: to, label, hint: `g ${key}`, run: () => go(to) })),
    { id: 'shadow', label: 'Shadow operations', hint: 'called, not declared', run: () => go('/inventory', { state: 'shadow' }) },
    { id: 'zombie', label: 'Zombie operations', hint: 'deprecated, still called', run: () => go('/inventory', { state: 'zombie' }) },
    { id: 'noauth', label: 'Operations answered without credentials', hint: 'inventory', run: () => go('/inventory', { auth: 'none' }) },
    { id: 'blocked', label: 'Requests the guard blocked', hint: 'threats', run: () => go('/threats', { outcome: 'block' }) },
    { id: 'would', label: 'Requests the guard would have blocked', hint: 'threats', run: () => go('/threats', { outcome: 'would-block' }) },
    { id: 'policy', label: 'Policy of the guard', hint: 'threats', run: () => go('/threats', { tab: 'policy' }) },
    { id: 'failing', label: 'Failing controls', hint: 'controls', run: () => go('/controls', { outcome: 'failing' }) },
    { id: 'excluded', label: 'Folded and excluded paths', hint: 'inventory', run: () => go('/inventory', { drawer: 'folded' }) },
    { id: 'import', label: 'Import a file', hint: 'sources', run: () => go('/sources') },
    { id: 'questions', label: 'Answer the six questions', hint: 'first run', run: () => go('/start', { step: 'questions' }) },
    { id: 'yaml', label: 'Edit stance.yaml', hint: 'settings', run: () => go('/settings') },
    { id: 'light', label: 'Theme: light', hint: 'command', run: () => setPreferences({ theme: 'light' }) },
    { id: 'dark', label: 'Theme: dark', hint: 'command', run: () => setPreferences({ theme: 'dark' }) },
    { id: 'system', label: 'Theme: as the system', hint: 'command', run: () => setPreferences({ theme: 'system' }) },
    { id: 'keys', label: 'Show all keys', hint: '?', run: onHelp },
  ];
  const words = wanted.toLowerCase().split(/\s+/);
  const incident = /^s-[a-z0-9]{6,}$/i.test(wanted) ? wanted.toUpperCase() : null;
  const hits: readonly Hit[] = [
    ...(incident === null
      ? []
      : [{ id: 'incident', label: `Incident ${incident}`, hint: 'threats', run: () => go('/threats', { open: incident }) }]),
    ...commands.filter(({ label, hint }) => words.every((word) => `${label} ${hint}`.toLowerCase().includes(word))),
    ...(wanted.length > 1
      ? (operations.data?.rows ?? []).map(({ id, method, template, service }) => ({
          id,
          label: `${method} ${template}`,
          hint: service,
          run: () => go(`/operations/${id}`),
        }))
      : []),
  ].slice(0, 20);
  const current = Math.min(at, hits.length - 1);
  const run = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    hit.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(current + 1, hits.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
    else if (event.key === 'Enter') run(hits[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Overlay title="Search or command" isOpen onClose={onClose} place="top">
      <input
        // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here
        autoFocus
        type="search"
        className="palette-input"
        placeholder="Page, command, or part of an operation"
        aria-label="Page, command, or part of an operation"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={hits[current] === undefined ? undefined : `${listId}-${current}`}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Results" className="palette-list">
        {hits.map((hit, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the combobox holds focus and keys
          <div
            key={hit.id}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === current}
            className="palette-hit"
            onClick={() => run(hit)}
          >
            <span className="clip">{hit.label}</span>
            <span className="quiet-text">{hit.hint}</span>
          </div>
        ))}
      </div>
      <p className="quiet-text small" role="status">
        {hits.length === 0 ? 'Nothing matches.' : `${hits.length} shown. Arrows to move, Enter to open.`}
      </p>
    </Overlay>
  );
}

/** Workspace and environment go along; the rest of the address belongs to the page that is left. */
function pickKept(before: object): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ['ws', 'env']) {
    const value: unknown = Reflect.get(before, name);
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}
