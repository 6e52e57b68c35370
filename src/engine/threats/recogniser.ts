/** What a recogniser of attacks is: one category, one file, one question about one decoded value. */

export const threatCategories = [
  'sqli',
  'nosqli',
  'command',
  'code',
  'template',
  'xss',
  'traversal',
  'file-inclusion',
  'ssrf',
  'xxe',
  'ldap',
  'mail',
  'crlf',
  'xpath',
  'ssi',
  'lookup',
  'deserialisation',
  'prototype-pollution',
  'graphql',
  'jwt',
  'open-redirect',
  'session-fixation',
  'sensitive-file',
  'scanner',
  'smuggling',
  'encoding',
] as const;
export type ThreatCategory = (typeof threatCategories)[number];

/** Where a value stood, and what kind of text stands there by right. */
export interface Place {
  readonly where: 'method' | 'path' | 'query' | 'query-name' | 'header' | 'cookie' | 'body' | 'body-name' | 'file' | 'raw-body';
  /** Parameter, header or JSON path: `q`, `user-agent`, `$.items[].note`; '' for the whole. */
  readonly name: string;
  /** What the place holds by right, as far as its name, type or schema tells. */
  readonly kind: 'plain' | 'url' | 'html' | 'code' | 'query-language' | 'graphql' | 'free-text' | 'unknown';
}

/** One reading of a value: raw, or after decodings. */
export interface Sample {
  /** Decoded text, at most 64 Ki characters. */
  readonly text: string;
  /** `text` in lower case with Unicode full-width forms folded. */
  readonly lower: string;
  /** Bits of `sign` that occur in `text`. */
  readonly signs: number;
  /** Decodings that were applied beyond the one that the place demands: `url`, `base64`, `html`, `unicode`, `utf16`, `json`. */
  readonly decodings: readonly string[];
}

/** Cheap marks of a value, one bit each: a recogniser names those without which it cannot fire. */
export const sign = {
  quote: 1,
  doubleQuote: 2,
  angle: 4,
  parenthesis: 8,
  semicolon: 16,
  pipe: 32,
  dollar: 64,
  brace: 128,
  slash: 256,
  backslash: 512,
  dots: 1024,
  equals: 2048,
  comment: 4096,
  control: 8192,
  colon: 16384,
  backtick: 32768,
  star: 65536,
  ampersand: 131072,
  percent: 262144,
  at: 524288,
  hash: 1048576,
  bracket: 2097152,
  space: 4194304,
  digitRun: 8388608,
  period: 16777216,
  underscore: 33554432,
} as const;

export interface Recognition {
  /** Rule within the category: `union-select`, `event-handler`. */
  readonly rule: string;
  /** 0 to 1: how sure one is that nobody sends this by right in such a place. 0.5 and above objects by default. */
  readonly confidence: number;
  /** What was seen, in words, without the value. */
  readonly reason: string;
}

export interface Recogniser {
  readonly category: ThreatCategory;
  /** Any of these bits must be set; 0 = always asked (be very cheap then). */
  readonly signs: number;
  /** Places it is asked about; absent = all. */
  readonly places?: readonly Place['where'][];
  recognise(sample: Sample, place: Place): Recognition | null;
}

export interface ThreatHit extends Recognition {
  readonly category: ThreatCategory;
  /** `query.q`, `body.$.note`. */
  readonly place: string;
}
