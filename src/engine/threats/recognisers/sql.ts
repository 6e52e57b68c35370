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
  {
    rule: 'quote-comment',
    shape: /^s[)]*;?C$|^s\)*[aoc][Na(dvnX]*w[^;C]{1,30};?C$|^s\)*[aoc][aN(]+[snvd]\)*;?C$/,
    confidence: 0.7,
    reason: 'closes a string and comments out the rest',
  },
  {
    rule: 'quote-clause',
    shape:
      /^s\)*(?:A[vs])?(?:H[N(a]*(?:[nsdvX]\)*N?[cw]|[FfX]\(|E)|O[(]*(?:n[,C);]|n$|[FfE(])|Ln|I|T|;[(]*(?:T|E[m(]*[nFdaXsvK]|P[(F]|K)|KK?k)/,
    confidence: 0.8,
    reason: 'closes a string and goes on with a clause',
  },
  {
    rule: 'quote-call',
    shape: /^s[)]*[aoc][Nan(]*(?:F\(|E|X|K)/,
    confidence: 0.8,
    reason: 'closes a string and calls a database function',
  },
  {
    rule: 'quote-compare',
    shape:
      /^s\)*(?:c[Nac(]*(?:s$|n[)]*(?:C|$|c))|N?w(?:[N(]*[nd]|\()|[ao][vdn]N?wN?[nds]|[ao]v[and]*[oc][a(]*[snd]|a[nads()]{1,40}c[(a]*[nsd]\)*(?:C|s|$)|(?=[^s]{0,20}[oc])[aocwN(]+[aocwNnds()]*s$|[ao]v[oc]s$)/,
    confidence: 0.55,
    reason: 'closes a string and compares',
  },
  { rule: 'quote-like', shape: /^sN?ws$/, confidence: 0.55, reason: 'closes a string and compares' },
  { rule: 'quote-arithmetic', shape: /^sa+(?:va+)?s$/, confidence: 0.55, reason: 'closes a string and works on it' },
  { rule: 'quote-subquery', shape: /^s[)]*\(E/, confidence: 0.8, reason: 'closes a string and adds a subquery' },
];

/** Wherever it stands. */
const plainRules: readonly ShapeRule[] = [
  {
    rule: 'union-select',
    shape: /U[m(]*E[m(]*(?:[nsdfFaXK]|v[a)]*[,R]|xv[nv])|^a?[nsd][^v;]*U[m(]*E/,
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
    shape: /^a?n[)]*o[N(a]*(?:[nd][)]*(?:C|[oO;L]|c[a(]*[dFXE])|[vX][)]*N?[cw][N(a]*[nsdvXFE]|[FXE])/,
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

/** Without one of these only whole words can make SQL: `1 or true`, `union select`. */
const strong =
  sign.quote |
  sign.doubleQuote |
  sign.parenthesis |
  sign.semicolon |
  sign.pipe |
  sign.equals |
  sign.comment |
  sign.hash |
  sign.star |
  sign.ampersand |
  sign.at;

/** Names that exist in databases only and a sign that they are used, not spoken of. */
const namePattern =
  /\b(?:(?:pg_)?sleep\s{0,9}\(\s{0,9}[\d(.[]|benchmark\s{0,9}\(\s{0,9}[\d(]|waitfor\s{1,9}(?:delay|time)\s{0,9}['"\d(@]|load_file\s{0,9}\(|extractvalue\s{0,9}\(|updatexml\s{0,9}\(|xp_cmdshell|xp_dirtree|utl_(?:http|inaddr)\.\w|dbms_(?:pipe|lock|utility|xmlgen|ldap)\s{0,3}\.\w|ctxsys\.drithsx|information_schema\]?\s{0,9}\.|pg_(?:read_file|ls_dir|catalog\.)|randomblob\s{0,9}\(|regexp_substring\s{0,9}\(|procedure\s{1,9}analy[sz]e\s{0,9}\(|master\.\.?(?:xp_|sys)|sp_(?:executesql|oacreate|makewebtask|addextendedproc)|sqlite_(?:master|version)|group_concat\s{0,9}\(|@@(?:version|servername|hostname|datadir|basedir|global)|make_set\s{0,9}\(|concat_ws\s{0,9}\(|name_const\s{0,9}\(|in\s{1,9}boolean\s{1,9}mode\s{0,9}\)|\bmatch[\s(]{1,9}\w{1,40}[\s)]{1,9}against\s{0,9}\(|declare\s{1,9}\w{1,40}\s{1,9}cursor\s{1,9}for\b|\)\s{0,9}to\s{1,9}program\s{0,9}['"])/;

/** Words and signs that make plain text go on as SQL; without any of them no rule for text as it stands can fire. */
const plainTrigger =
  /\b(?:select|union|or|and|where|having|order|group|drop|insert|delete|update|exec|execute|declare|waitfor|case|into|xor|procedure|create|alter|shutdown|grant|backup|from)\b|\|\||&&|;[\s(]{0,8}[a-z]|[a-z]\(|^[-+(\s\d@][\s\S]{0,120}(?:#|--|\/\*)|^[\s(]{1,8}\d/;
/** What a closing quote must be followed by for an injection to go on. */
const afterQuote =
  /[\s)]{0,20}(?:\/\*[^*]{0,40}\*\/[\s)]{0,20})?(?:[;,|&=<>!+*/^%#(\\-]|(?:or|and|xor|not|union|having|where|order|group|limit|like|rlike|regexp|is|in|between|into|as|div|mod|sounds|select|case|rlike|procedure|collate)(?![a-z])|$)/y;
/** Places in long text from which reading is worth the time. */
const longTrigger =
  /\b(?:union|select|waitfor|outfile|xp_cmdshell)\b|(?:\b(?:or|and|xor)\b|\|\||&&)[\s(]{0,8}(?:not\s{1,4})?['"\d]|;\s{0,8}(?:drop|insert|delete|update|exec|declare|create|alter|shutdown)\b|['"][\s)]{0,8}(?:;|--|\b(?:or|and|having|order)\b)/g;
/** From this length on text is read around its triggers only, this many of them. */
const wholeCharsMax = 1_500;
const triggersMax = 16;
const windowBefore = 60;
const windowAfter = 400;

export const sql: Recogniser = {
  category: 'sqli',
  signs: strong | sign.space,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.kind === 'graphql') return null;
    const { lower, signs } = sample;
    if (lower.length < 3 || ((signs & strong) === 0 && !mayBeWords(lower))) return null;
    const prose = isProse(place, lower);
    if (prose && !/select|;|outfile|char\(/.test(lower)) return null;
    if (
      !prose &&
      place.kind !== 'free-text' &&
      (signs & (sign.parenthesis | sign.dots | sign.at | sign.space)) !== 0 &&
      namePattern.test(lower)
    )
      return { rule: 'database-name', confidence: 0.75, reason: 'names what only a database has' };
    if (lower.length > wholeCharsMax) return readLong(lower, place);
    const found = readWhole(lower, place);
    // Comments within words hide them from filters, and some readers drop them.
    if (found === null && (signs & sign.star) !== 0 && /[a-z]\/\*[^*]{0,40}\*\/[a-z]/.test(lower))
      return judge(readSql(lower.replace(/\/\*[^*]{0,40}\*\//g, ''), 'plain'), 'plain', place, lower);
    return found;
  },
};

function readWhole(lower: string, place: Place): Recognition | null {
  let best: Recognition | null = null;
  const hasPlain = plainTrigger.test(lower);
  for (const state of statesOf(lower, hasPlain)) {
    const found = judge(readSql(lower, state), state, place, lower);
    if (found !== null && (best === null || found.confidence > best.confidence)) best = found;
  }
  return best;
}

/** A payload behind much padding: read in windows around what starts one. */
function readLong(lower: string, place: Place): Recognition | null {
  longTrigger.lastIndex = 0;
  let seen = 0;
  for (let match = longTrigger.exec(lower); match !== null && seen < triggersMax; match = longTrigger.exec(lower)) {
    seen += 1;
    const from = Math.max(0, match.index - windowBefore);
    const found = readWhole(lower.slice(from, match.index + windowAfter), place);
    if (found !== null) return isProse(place, lower) && found.confidence > 0.5 ? { ...found, confidence: found.confidence - 0.35 } : found;
    longTrigger.lastIndex = Math.max(longTrigger.lastIndex, match.index + windowAfter / 2);
  }
  return null;
}

function mayBeWords(lower: string): boolean {
  if (lower.includes('select') || lower.includes('union')) return true;
  return wordStart.test(lower);
}

const wordStart =
  /^[\s(-]{0,8}(?:\d{1,20}(?:\.\d{1,9})?[\s)]{1,8}(?:or|and|xor|order|group|having|where|rlike|union|div)\b|(?:or|and|exec|execute|drop|declare|backup|shutdown|waitfor|insert|create|alter|truncate|order|case)\s)/;

/** The states whose first steps lead on to something. */
function statesOf(lower: string, hasPlain: boolean): readonly SqlState[] {
  const states: SqlState[] = hasPlain ? ['plain'] : [];
  if (goesOn(lower, "'") || (hasPlain && lower.includes("'"))) states.push("'");
  if (goesOn(lower, '"') || (hasPlain && lower.includes('"'))) states.push('"');
  return states;
}

/** Whether what follows the first closing quote may be SQL. A doubled quote and an escaped one may close too: those are left to the reader. */
function goesOn(lower: string, quote: "'" | '"'): boolean {
  const first = lower.indexOf(quote);
  if (first < 0) return false;
  if (lower.charAt(first + 1) === quote || lower.charAt(first - 1) === '\\') return true;
  afterQuote.lastIndex = first + 1;
  return afterQuote.test(lower);
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
      return lower.length <= 10 && !(lower.includes('"') && /[a-z]{3}/.test(lower));
    case 'select-list':
      // `select a plan from the list`: words without a sign between them are a sentence.
      return !/vv[^R]{0,20}R|Rvv/.test(reading.shape) || /[*,_()=;'"`.#]|\d/.test(lower);
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
