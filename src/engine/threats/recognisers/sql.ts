/** SQL injection: text that goes on as SQL where a value should have ended. Judged by grammar, never by a word alone. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';
import { readSql, type SqlReading, type SqlState } from './sql-tokens.ts';

interface ShapeRule {
  readonly rule: string;
  readonly shape: RegExp;
  readonly confidence: number;
  readonly reason: string;
}

/** After a quote that closed the string the value was put in. */
const breakRules: readonly ShapeRule[] = [
  {
    rule: 'quote-logic',
    shape: /^s\)*[;,]?o[Na(]*(?:[nsdFfXEv]\(*)+[\w()]*?(?:c|C|;|$)/,
    confidence: 0.8,
    reason: 'closes a string and goes on with a condition',
  },
  { rule: 'quote-comment', shape: /^s[)]*;?C$/, confidence: 0.7, reason: 'closes a string and comments out the rest' },
  { rule: 'quote-union', shape: /^s\)*[^U]{0,40}U[m(]*E/, confidence: 0.95, reason: 'closes a string and adds a query' },
  {
    rule: 'quote-clause',
    shape: /^s\)*(?:A[vs])?(?:H[N(a]*[nsdfFvXE]|O[(]*[nsdfFv(]|Ln|I|T|;[(]*[TEPK]|KK?k)/,
    confidence: 0.8,
    reason: 'closes a string and goes on with a clause',
  },
  { rule: 'quote-call', shape: /^s[)]*[aoc][Na(]*(?:F\(|E|X|K)/, confidence: 0.8, reason: 'closes a string and calls a database function' },
  { rule: 'quote-compare', shape: /^s\)*(?:c[Na(]*|N?c)[nsd]?\)*(?:s|$|C)/, confidence: 0.55, reason: 'closes a string and compares' },
  { rule: 'quote-subquery', shape: /^s[)]*\(E/, confidence: 0.8, reason: 'closes a string and adds a subquery' },
];

/** Wherever it stands. */
const plainRules: readonly ShapeRule[] = [
  { rule: 'union-select', shape: /U[m(]*E/, confidence: 0.95, reason: 'adds a query with UNION' },
  {
    rule: 'tautology',
    shape: /(?:^|[nsvdF)])[)]*o[N(a]*(?:n[)]*c[a(]*n|s[)]*c[a(]*s|n[)]*c[a(]*[FEX]|s[)]*c[a(]*[nFE])/,
    confidence: 0.8,
    reason: 'adds a condition that compares constants',
  },
  { rule: 'constant-where', shape: /H[N(]*n[)]*c[(a]*n/, confidence: 0.8, reason: 'adds a WHERE that compares constants' },
  {
    rule: 'number-logic',
    shape: /^a?n[)]*o[N(a]*(?:[nd][)]*(?:C|$|[oO;L])|[vX][)]*c[(a]*[nsdvXFE]|[FXE])/,
    confidence: 0.7,
    reason: 'goes on with a condition after a number',
  },
  {
    rule: 'stacked',
    shape: /;[(]*(?:T|E[m(]*[nFdaX]|EP|EK|E[v,]+R|PF?\()/,
    confidence: 0.85,
    reason: 'ends a statement and begins another',
  },
  { rule: 'subquery', shape: /[(](?:E[m(]*(?:[nFfdXsK]|v[),]*R|a|[v,F()]{1,40}R))/, confidence: 0.75, reason: 'holds a subquery' },
  {
    rule: 'select-list',
    shape: /E[m(]*(?:[v,nsdFfXa()cxAm]{1,300})R[(]*[vXs]+(?:[HOLC;),UoT]|$)/,
    confidence: 0.6,
    reason: 'reads as a whole query',
  },
  { rule: 'order-probe', shape: /^[ns]?[)]*O[(]*n(?:[,nC;)]|$)/, confidence: 0.6, reason: 'probes columns with ORDER BY' },
  { rule: 'outfile', shape: /I[(]*[sv]/, confidence: 0.85, reason: 'writes a query to a file' },
  { rule: 'case-when', shape: /K[^k]{0,40}k[^k]{1,40}k[^k]{1,60}k/, confidence: 0.7, reason: 'decides with CASE WHEN' },
  { rule: 'call-chain', shape: /F\(n\)[ao]F\(n\)/, confidence: 0.85, reason: 'spells a string by character codes' },
  { rule: 'number-comment', shape: /^a?n[)]+;?C|^a?n;?C$/, confidence: 0.55, reason: 'comments out the rest after a number' },
];

/** Names that exist in databases only and a sign that they are used, not spoken of. */
const namePattern =
  /\b(?:(?:pg_)?sleep\s{0,9}\(\s{0,9}[\d(.[]|benchmark\s{0,9}\(\s{0,9}[\d(]|waitfor\s{1,9}(?:delay|time)\s{0,9}['"\d(@]|load_file\s{0,9}\(|extractvalue\s{0,9}\(|updatexml\s{0,9}\(|xp_cmdshell|xp_dirtree|utl_(?:http|inaddr)\.\w|dbms_(?:pipe|lock|utility|xmlgen|ldap)\s{0,3}\.\w|ctxsys\.drithsx|information_schema\s{0,9}\.|pg_(?:read_file|ls_dir|catalog\.)|randomblob\s{0,9}\(|regexp_substring\s{0,9}\(|procedure\s{1,9}analy[sz]e\s{0,9}\(|master\.\.?(?:xp_|sys)|sp_(?:executesql|oacreate|makewebtask|addextendedproc)|sqlite_(?:master|version)|group_concat\s{0,9}\(|@@(?:version|servername|hostname|datadir|basedir|global)|make_set\s{0,9}\(|concat_ws\s{0,9}\(|name_const\s{0,9}\()/;

/** Without any of these no rule can fire, and most values have none. */
const trigger =
  /['"#;*]|--|\b(?:select|union|or|and|where|having|order|group|drop|insert|delete|update|exec|execute|declare|waitfor|sleep|benchmark|case|into|xor|procedure|create|alter|shutdown|grant)\b|\|\||&&|\w\(|@@|xp_|sp_|information_schema/;

export const sql: Recogniser = {
  category: 'sqli',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower } = sample;
    if (lower.length < 3 || place.kind === 'graphql' || (sample.signs & structural) === 0) return null;
    if (!trigger.test(lower)) return null;
    const named = namePattern.exec(lower);
    if (named !== null && place.kind !== 'free-text')
      return { rule: 'database-name', confidence: 0.75, reason: 'names what only a database has' };
    let best: Recognition | null = null;
    for (const state of statesOf(lower)) {
      const found = judge(readSql(lower, state), state, place, lower);
      if (found !== null && (best === null || found.confidence > best.confidence)) best = found;
    }
    return best;
  },
};

const structural =
  sign.quote |
  sign.doubleQuote |
  sign.parenthesis |
  sign.semicolon |
  sign.pipe |
  sign.equals |
  sign.comment |
  sign.space |
  sign.hash |
  sign.star |
  sign.ampersand |
  sign.at;

function statesOf(lower: string): readonly SqlState[] {
  const states: SqlState[] = ['plain'];
  if (lower.includes("'")) states.push("'");
  if (lower.includes('"')) states.push('"');
  return states;
}

function judge(reading: SqlReading, state: SqlState, place: Place, lower: string): Recognition | null {
  const rules = state === 'plain' ? plainRules : breakRules;
  for (const rule of rules) {
    if (!rule.shape.test(reading.shape)) continue;
    if (rule.rule === 'quote-comment' && (reading.commentChars > 12 || lower.length > 200)) continue;
    const confidence = place.kind === 'free-text' && lower.length > 300 ? rule.confidence - 0.35 : rule.confidence;
    if (confidence >= 0.3) return { rule: rule.rule, confidence, reason: rule.reason };
  }
  return null;
}
