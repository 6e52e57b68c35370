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
    shape: /^s\)*[;,]?o[Na(]*(?:[nd]*[nsd]\)*(?:[cwCoOL;Ua]|$)|[vX][and)]*N?[cw]|[vX]\)*C|[vX]as|[Ff]\(|E|K|X)/,
    confidence: 0.8,
    reason: 'closes a string and goes on with a condition',
  },
  { rule: 'quote-comment', shape: /^s[)]*;?C$/, confidence: 0.7, reason: 'closes a string and comments out the rest' },
  {
    rule: 'quote-clause',
    shape:
      /^s\)*(?:A[vs])?(?:H[N(a]*(?:[nsdvX]\)*N?[cw]|[FfX]\(|E)|O[(]*(?:n[,C);]|n$|[FfE(])|Ln|I|T|;[(]*(?:T|E[m(]*[nFdaXsvK]|P[(F]|K)|KK?k)/,
    confidence: 0.8,
    reason: 'closes a string and goes on with a clause',
  },
  { rule: 'quote-call', shape: /^s[)]*[aoc][Na(]*(?:F\(|E|X|K)/, confidence: 0.8, reason: 'closes a string and calls a database function' },
  {
    rule: 'quote-compare',
    shape:
      /^s\)*(?:c[Nac(]*(?:s$|n[)]*(?:C|$|c))|N?w(?:[N(]*[nd]|\()|[ao][vdn]N?wN?[nds]|[ao]v[and]*[oc][a(]*[snd]|a[nads()]{1,40}c[(a]*[nsd]\)*(?:C|s|$)|(?=[^s]{0,20}[oc])[aocwN(]+[aocwNnds()]*s$|[ao]v[oc]s$)/,
    confidence: 0.55,
    reason: 'closes a string and compares',
  },
  { rule: 'quote-like', shape: /^sN?ws$/, confidence: 0.55, reason: 'closes a string and compares' },
  { rule: 'quote-arithmetic', shape: /^sa+s$/, confidence: 0.55, reason: 'closes a string and works on it' },
  { rule: 'quote-subquery', shape: /^s[)]*\(E/, confidence: 0.8, reason: 'closes a string and adds a subquery' },
];

/** Wherever it stands. */
const plainRules: readonly ShapeRule[] = [
  {
    rule: 'union-select',
    shape: /U[m(]*E[m(]*(?:[nsdfFaXK]|v\)*[,R])|^a?[nsd][^v;]*U[m(]*E/,
    confidence: 0.95,
    reason: 'adds a query with UNION',
  },
  {
    rule: 'tautology',
    shape: /(?:^|[nsvdXF)])[)]*o[N(a]*(?:n[)a(n]{0,40}[cw][a(]*n|s[)]*[cw][a(]*s|n[)]*[cw][a(]*[FEX]|s[)]*[cw][a(]*[nFE])/,
    confidence: 0.8,
    reason: 'adds a condition that compares constants',
  },
  {
    rule: 'constant-where',
    shape: /H[N(]*(?:n[)]*(?:c[(a]*n|o)|s[)]*c[(a]*[ns])/,
    confidence: 0.8,
    reason: 'adds a WHERE that compares constants',
  },
  {
    rule: 'number-logic',
    shape: /^a?n[)]*o[N(a]*(?:[nd][)]*(?:C|[oO;L])|[vX][)]*N?[cw][N(a]*[nsdvXFE]|[FXE])/,
    confidence: 0.7,
    reason: 'goes on with a condition after a number',
  },
  {
    rule: 'stacked',
    shape: /;[(]*(?:T|F\([(]*n[cw]n|E[m(]*[nFdaX]|EP|EK|E[v,]+R|PF?\(|P[(]*n|vf\(d)/,
    confidence: 0.85,
    reason: 'ends a statement and begins another',
  },
  {
    rule: 'subquery',
    shape: /[(](?:E[m(]*(?:[nFfdXsK]|v[),]*R|a|[v,F()]{1,40}R))/,
    confidence: 0.75,
    reason: 'holds a subquery',
  },
  {
    rule: 'select-list',
    shape: /^[(;]*E[m(]*(?:[v,nsdFfXa()cwxAm]{1,300})Rx?[(]*[vXs]+(?:[HOLC;),UoTx]|$)/,
    confidence: 0.6,
    reason: 'reads as a whole query',
  },
  {
    rule: 'order-probe',
    shape: /^a?[ns]?[)]*O[(]*n(?:[,nC;)]|$)|^a?n[)]*O[(]*F\(/,
    confidence: 0.6,
    reason: 'probes columns with ORDER BY',
  },
  { rule: 'outfile', shape: /I[(]*(?:s|F\()/, confidence: 0.85, reason: 'writes a query to a file' },
  { rule: 'case-when', shape: /K[^k]{0,40}k[^k]{1,40}k[^k]{1,60}k/, confidence: 0.7, reason: 'decides with CASE WHEN' },
  { rule: 'call-chain', shape: /F\(n\)[ao]F\(n\)/, confidence: 0.85, reason: 'spells a string by character codes' },
  {
    rule: 'call-compare',
    shape: /F\([(]*n[cw]n|^[(]+n[cw]n\)|^[(]*n[cw]n\)*o/,
    confidence: 0.65,
    reason: 'works out a comparison of constants',
  },
  {
    rule: 'call-logic',
    shape: /F\([^;]{0,20}\)o[N(a]*F\(|F\(\)[cw]F\(|^o[N(]*F\(/,
    confidence: 0.6,
    reason: 'compares calls of database functions',
  },
  {
    rule: 'nested-call',
    shape: /^[an+(]*F\([(]*F\(|^E[m(]*(?:F\(|d|[vXn];|X|f\(s\))/,
    confidence: 0.55,
    reason: 'asks a database function',
  },
  { rule: 'select-column', shape: /^E[m(]*vR[vX]$/, confidence: 0.55, reason: 'reads as a whole query' },
  { rule: 'statement', shape: /^[;(an]*T[v,()x]{0,20}(?:c|d|s|C)/, confidence: 0.6, reason: 'is a statement of its own' },
  {
    rule: 'logic-comment',
    shape: /^o[N(]*[nv][)]*[cw][(]*[nv][)]*C$/,
    confidence: 0.6,
    reason: 'adds a condition and comments out the rest',
  },
  { rule: 'closed-from', shape: /^[an]?n?\)+R[vX]+[HC]/, confidence: 0.65, reason: 'closes a query and goes on with another source' },
  { rule: 'union-end', shape: /U[m(]*E?[m(]*C?$/, confidence: 0.6, reason: 'ends in a UNION behind comments' },
  { rule: 'constant-comment', shape: /^(?:[(][(nsdFfaocw)]*\)|d)C$/, confidence: 0.6, reason: 'comments out the rest after a constant' },
  { rule: 'number-comment', shape: /^a?n[)]*;?C$/, confidence: 0.55, reason: 'comments out the rest after a number' },
];

const brokenRules: readonly ShapeRule[] = [...breakRules, ...plainRules.filter((rule) => !rule.shape.source.startsWith('^'))];

/** Names that exist in databases only and a sign that they are used, not spoken of. */
const namePattern =
  /\b(?:(?:pg_)?sleep\s{0,9}\(\s{0,9}[\d(.[]|benchmark\s{0,9}\(\s{0,9}[\d(]|waitfor\s{1,9}(?:delay|time)\s{0,9}['"\d(@]|load_file\s{0,9}\(|extractvalue\s{0,9}\(|updatexml\s{0,9}\(|xp_cmdshell|xp_dirtree|utl_(?:http|inaddr)\.\w|dbms_(?:pipe|lock|utility|xmlgen|ldap)\s{0,3}\.\w|ctxsys\.drithsx|information_schema\]?\s{0,9}\.|pg_(?:read_file|ls_dir|catalog\.)|randomblob\s{0,9}\(|regexp_substring\s{0,9}\(|procedure\s{1,9}analy[sz]e\s{0,9}\(|master\.\.?(?:xp_|sys)|sp_(?:executesql|oacreate|makewebtask|addextendedproc)|sqlite_(?:master|version)|group_concat\s{0,9}\(|@@(?:version|servername|hostname|datadir|basedir|global)|make_set\s{0,9}\(|concat_ws\s{0,9}\(|name_const\s{0,9}\()/;

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
    if (named !== null && place.kind !== 'free-text' && !isProse(place, lower))
      return { rule: 'database-name', confidence: 0.75, reason: 'names what only a database has' };
    let best: Recognition | null = null;
    for (const state of statesOf(lower)) {
      const found = judge(readSql(lower, state), state, place, lower);
      if (found !== null && (best === null || found.confidence > best.confidence)) best = found;
    }
    // Comments within words hide them from filters, and some readers drop them.
    if (best === null && (sample.signs & sign.star) !== 0 && /[a-z]\/\*[^*]{0,40}\*\/[a-z]/.test(lower))
      best = judge(readSql(lower.replace(/\/\*[^*]{0,40}\*\//g, ''), 'plain'), 'plain', place, lower);
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
  for (const rule of state === 'plain' ? plainRules : brokenRules) {
    if (!rule.shape.test(reading.shape) || !isMeant(rule.rule, reading, lower)) continue;
    const confidence = rule.confidence - (isForeignAddress(place, lower) ? 0.5 : isProse(place, lower) ? 0.35 : 0);
    if (confidence >= 0.3) return { rule: rule.rule, confidence, reason: rule.reason };
  }
  return null;
}

/** Short shapes occur in plain writing too; these tell the two apart. */
function isMeant(rule: string, reading: SqlReading, lower: string): boolean {
  switch (rule) {
    case 'quote-comment':
      return reading.commentChars <= 12 && lower.length <= 200 && wordsOf(lower) <= 3;
    case 'quote-compare':
      return lower.length <= 80;
    case 'quote-like':
      return (
        lower.includes("'") && !lower.includes('"') && (/not|sounds/.test(lower) || /'.?\s?$|'[^']?$/.test(lower)) && lower.length <= 40
      );
    case 'quote-arithmetic':
      return lower.length <= 10;
    case 'select-column':
      return lower.includes('_');
    case 'union-end':
      return (reading.hasInlineComment || lower.startsWith('-')) && lower.length < 80 && !/[a-z]{3,}\s[a-z]{3,}\s[a-z]{3,}\s/.test(lower);
    case 'number-comment':
      return reading.commentChars <= 3 && /^[-+\d]/.test(lower);
    default:
      return true;
  }
}

function wordsOf(lower: string): number {
  const quote = lower.search(/['"]/);
  return lower.slice(0, quote < 0 ? lower.length : quote).split(' ').length;
}

/** Places where people write about SQL: long free text, and the address a visitor came from. */
function isProse(place: Place, lower: string): boolean {
  return (place.kind === 'free-text' && lower.length > 300) || place.kind === 'code' || isForeignAddress(place, lower);
}

function isForeignAddress(place: Place, lower: string): boolean {
  return place.where === 'header' && place.name === 'referer' && /^https?:\/\/[\w.-]{1,255}[:/]/.test(lower);
}
