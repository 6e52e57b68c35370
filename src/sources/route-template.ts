/** Paths as gateways write them (prefix, exact, regular expression, `:name`) turned into templates. */

/** A prefix: `/v1/orders` becomes `/v1/orders/**`, and `/` becomes `/**`. */
export function prefixTemplate(path: string): string {
  return `${withSlash(path).replace(/\/+$/, '')}/**`;
}

export function exactTemplate(path: string): string {
  return withSlash(path);
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

/** `/users/:id/*` becomes `/users/{id}/**`. */
export function colonTemplate(path: string): string {
  const named = withSlash(path).replace(/:([A-Za-z_]\w*)/g, '{$1}');
  return named.replace(/\/?\*\w*$/, '/**');
}

/** Characters of a regular expression that is read; longer ones become a prefix route of everything. */
const expressionCharsMax = 2000;

/**
 * A regular expression over paths as a template: `^/users/(\d+)/orders$` becomes `/users/{p1}/orders`; without `$` it is
 * a prefix. An alternation or a part that crosses segments ends the template there, as a prefix.
 */
export function expressionTemplate(expression: string): string {
  if (expression.length > expressionCharsMax) return '/**';
  const isAnchored = expression.startsWith('^') || expression.startsWith('/');
  let rest = expression.replace(/^\(\?[a-z]+\)/, '').replace(/^\^/, '');
  if (!isAnchored && !rest.startsWith('/')) return '/**';
  let template = '';
  let count = 0;
  while (rest !== '') {
    if (/^\$$|^\/\?\$$|^\\\/\?\$$/.test(rest)) return template === '' ? '/' : tidy(template);
    const step = nextStep(rest);
    if (step === null) return openEnd(template);
    if (step.kind === 'text') template += step.text;
    else {
      count++;
      template += `{${step.name ?? `p${count}`}}`;
    }
    rest = rest.slice(step.length);
  }
  return openEnd(template);
}

type Step =
  | { readonly kind: 'text'; readonly text: string; readonly length: number }
  | { readonly kind: 'parameter'; readonly name: string | null; readonly length: number };

/** The next literal or variable part; null for what cannot be one segment's part. */
function nextStep(rest: string): Step | null {
  const literal = /^(?:\\([/.\-_~:@!,;=+])|([A-Za-z0-9/_\-~:@!,;=%]))(?![*+?{])/.exec(rest);
  if (literal !== null) return { kind: 'text', text: literal[1] ?? literal[2] ?? '', length: literal[0].length };
  const named = /^\(\?P?<([A-Za-z_]\w*)>((?:[^()\\]|\\.)*)\)/.exec(rest);
  if (named !== null) return isOneSegment(named[2] ?? '') ? { kind: 'parameter', name: named[1] ?? null, length: named[0].length } : null;
  const group = /^\((?:\?:)?((?:[^()\\]|\\.)*)\)(?![*+?{])/.exec(rest);
  if (group !== null) return isOneSegment(group[1] ?? '') ? { kind: 'parameter', name: null, length: group[0].length } : null;
  const run = /^(\[\^\/[^\]]*\]|\[(?!\^)[^\]/]+\]|\\[dw])(?:[+*]|\{[\d,]+\})?\??/.exec(rest);
  return run !== null ? { kind: 'parameter', name: null, length: run[0].length } : null;
}

/** Whether an expression can match no slash, as far as a reading of it tells. */
function isOneSegment(expression: string): boolean {
  const withoutSets = expression.replace(/\[\^[^\]]*\/[^\]]*\]/g, '').replace(/\[(?!\^)[^\]/]*\]/g, '');
  return !/[./]|\[\^|\\[DWS]/.test(withoutSets.replace(/\\\./g, ''));
}

function openEnd(template: string): string {
  return prefixTemplate(tidy(template.slice(0, template.lastIndexOf('/') + 1)) || '/');
}

function tidy(template: string): string {
  return withSlash(template).replace(/\/{2,}/g, '/');
}
