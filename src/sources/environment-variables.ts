/** `${NAME}` in settings, filled from the environment, never from a secret. */
import type { SettingsProblem } from './stance-problems.ts';
import type { StructuredDocument } from './structured-document.ts';

/** Names that hold secrets by custom. What stands in `stance.yaml` is kept, shown and reported, so none may enter it. */
const secretName = /(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIALS?|API_?KEY|_KEY$|^KEY$)/i;

const depthMax = 50;

export interface Interpolated {
  readonly value: unknown;
  readonly problems: readonly SettingsProblem[];
}

/** A copy of the document's value with `${NAME}` and `${NAME:-default}` replaced in texts; `$${NAME}` stays as `${NAME}`. */
export function interpolate(document: StructuredDocument, variables: Readonly<Record<string, string | undefined>>): Interpolated {
  const problems: SettingsProblem[] = [];
  const fill = (value: unknown, path: readonly string[]): unknown => {
    if (typeof value === 'string') return fillText(value, { path, document, variables, problems });
    if (value === null || typeof value !== 'object' || path.length > depthMax) return value;
    if (Array.isArray(value)) return value.map((item, at) => fill(item, [...path, String(at)]));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, [...path, key])]));
  };
  return { value: fill(document.value, []), problems };
}

interface Filling {
  readonly path: readonly string[];
  readonly document: StructuredDocument;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly problems: SettingsProblem[];
}

function fillText(text: string, { path, document, variables, problems }: Filling): string {
  return text.replace(/\$?\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    if (whole.startsWith('$$')) return whole.slice(1);
    const found = variables[name];
    const message = secretName.test(name)
      ? `\${${name}} looks like a secret, and stance.yaml holds none`
      : found === undefined && fallback === undefined
        ? `expected the environment variable ${name} to be set, or a default: \${${name}:-value}`
        : null;
    if (message === null) return found ?? fallback ?? '';
    problems.push({ ...document.positionOf(path), message: `${path.join('.')}: ${message}` });
    return whole;
  });
}
