/** Rules of Traefik routers: `Host(`a`) && (PathPrefix(`/x`) || Path(`/y`)) && Method(`GET`)`. */
import { exactTemplate, expressionTemplate, prefixTemplate } from './route-template.ts';

export interface TraefikMatch {
  readonly hosts: readonly string[];
  readonly methods: readonly string[];
  readonly templates: readonly string[];
}

/** Alternatives that one rule is opened into, and its longest text. */
const alternativesMax = 200;
const ruleCharsMax = 10_000;

interface Matcher {
  readonly name: string;
  readonly values: readonly string[];
}

/** The alternatives of a rule; conditions on headers, queries and addresses only narrow them, and `!` is not followed. */
export function readTraefikRule(rule: string): TraefikMatch[] {
  if (rule.length > ruleCharsMax) return [{ hosts: [], methods: [], templates: ['/**'] }];
  const tokens = [...rule.matchAll(/&&|\|\||[()!]|([A-Za-z]+)\(((?:`[^`]*`|"[^"]*"|[^`"()])*)\)/g)].map((match) =>
    match[1] === undefined ? match[0] : { name: match[1], values: valuesOf(match[2] ?? '') },
  );
  const parser = new RuleParser(tokens);
  return parser.alternatives().map(matchOf);
}

function valuesOf(text: string): string[] {
  return [...text.matchAll(/`([^`]*)`|"([^"]*)"/g)].map((match) => match[1] ?? match[2] ?? '');
}

function matchOf(matchers: readonly Matcher[]): TraefikMatch {
  const of = (...names: string[]) => matchers.filter(({ name }) => names.includes(name)).flatMap(({ values }) => values);
  const templates = [
    ...of('Path').map(exactTemplate),
    ...of('PathPrefix').map((path) =>
      path.includes('{') ? prefixTemplate(path.replace(/\{(\w+):[^}]*\}/g, '{$1}')) : prefixTemplate(path),
    ),
    ...of('PathRegexp').map(expressionTemplate),
  ];
  return {
    hosts: of('Host', 'HostHeader', 'HostSNI').map((host) => host.toLowerCase()),
    methods: of('Method').map((method) => method.toUpperCase()),
    templates: templates.length === 0 ? ['/**'] : templates,
  };
}

/** Turns a rule into a list of alternatives, each a list of matchers that hold together. */
class RuleParser {
  readonly #tokens: readonly (string | Matcher)[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly (string | Matcher)[]) {
    this.#tokens = tokens;
  }

  alternatives(): (readonly Matcher[])[] {
    const all = this.#either();
    return all.length === 0 ? [[]] : all;
  }

  #either(): (readonly Matcher[])[] {
    const all = [...this.#together()];
    while (this.#tokens[this.#at] === '||') {
      this.#at++;
      all.push(...this.#together());
    }
    return all.slice(0, alternativesMax);
  }

  #together(): (readonly Matcher[])[] {
    let all = this.#one();
    while (this.#tokens[this.#at] === '&&') {
      this.#at++;
      const more = this.#one();
      all = all.flatMap((left) => more.map((right) => [...left, ...right])).slice(0, alternativesMax);
    }
    return all;
  }

  #one(): (readonly Matcher[])[] {
    const token = this.#tokens[this.#at];
    this.#at++;
    if (token === undefined) return [[]];
    if (typeof token !== 'string') return [[token]];
    if (token === '!') {
      this.#one();
      return [[]];
    }
    if (token !== '(' || this.#depth > 50) return [[]];
    this.#depth++;
    const inner = this.#either();
    this.#depth--;
    if (this.#tokens[this.#at] === ')') this.#at++;
    return inner;
  }
}
