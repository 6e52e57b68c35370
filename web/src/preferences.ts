/** What one person prefers in one browser: theme, time zone, density, single-key shortcuts. Kept in local storage. */
import { useSyncExternalStore } from 'react';

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark';
  readonly zone: 'utc' | 'local';
  readonly density: 'comfortable' | 'compact';
  /** Shortcuts of one key without a modifier (WCAG 2.1.4): may be turned off. */
  readonly singleKeys: boolean;
  readonly live: boolean;
}

const defaults: Preferences = { theme: 'system', zone: 'utc', density: 'comfortable', singleKeys: true, live: true };
const listeners = new Set<() => void>();
let current = load();

function load(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem('stance.preferences') ?? '{}');
    return typeof kept === 'object' && kept !== null ? { ...defaults, ...kept } : defaults;
  } catch {
    return defaults;
  }
}

function apply(): void {
  const root = document.documentElement;
  if (current.theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = current.theme;
  root.dataset.density = current.density;
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem('stance.preferences', JSON.stringify(current));
    // theme.js reads this one before the first paint.
    localStorage.setItem('stance.theme', current.theme);
  } catch {
    // A browser that refuses storage keeps the choice until the page closes.
  }
  apply();
  for (const listener of listeners) listener();
}

export function preferences(): Preferences {
  return current;
}

export function usePreferences(): Preferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, preferences);
}

apply();
