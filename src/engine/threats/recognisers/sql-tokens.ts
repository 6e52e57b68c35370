/**
 * Reads text as a SQL server would, in any of the three states an injection can begin in: plain, within a single-quoted
 * string, within a double-quoted one. The result is one letter a token, so that grammar is a short pattern over letters.
 *
 * n number or literal word, s string, v name, d variable, f call of any name, F call of a name only databases have,
 * X a name only databases have, U union, E select, m all/distinct, R from, H where/having, O order or group by,
 * L limit/offset, I into outfile, A as, K case, k when/then/else/end, T statement with its second word, P if/while/begin,
 * o and/or/xor/&&/||, N not or !, c comparison sign, w comparison word, a arithmetic, Z null-like list value, C comment to the end, p an article of prose, plus ( ) , ; and x for the rest.
 */

/** Tokens that are read of one text; an injection shows within far fewer. */
const tokensMax = 600;

export type SqlState = 'plain' | "'" | '"';

export interface SqlReading {
  readonly shape: string;
  /** Comments that only hide spaces: `/**\/`, `/*!`. */
  readonly hasInlineComment: boolean;
  /** Whether the last token is a string or comment that the text does not end. */
  readonly isOpen: boolean;
  /** Characters after the start of the last comment. */
  readonly commentChars: number;
}

const wordClasses: Readonly<Record<string, string>> = words({
  U: 'union intersect except',
  E: 'select',
  m: 'all distinct distinctrow',
  R: 'from',
  H: 'where having',
  L: 'limit offset',
  A: 'as',
  K: 'case',
  k: 'when then else end',
  // What stands before a noun in a sentence stands before no name of a table.
  p: 'the my our your this these their',
  P: 'if while begin iif',
  o: 'and or xor eqv imp',
  N: 'not',
  w: 'like rlike regexp ilike is in between similar glob',
  a: 'div mod binary collate',
  n: 'null true false',
});

/** Statements and the words one of which must follow; '' = anything may. */
const statements: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    insert: ['into', 'ignore'],
    replace: ['into'],
    delete: ['from', 'low_priority', 'quick', 'ignore'],
    drop: ['table', 'database', 'function', 'procedure', 'view', 'index', 'user', 'schema', 'column', 'trigger', 'login'],
    truncate: ['table'],
    create: [
      'table',
      'database',
      'function',
      'procedure',
      'view',
      'user',
      'or',
      'trigger',
      'login',
      'temporary',
      'temp',
      'alias',
      'extension',
    ],
    alter: ['table', 'database', 'user', 'login', 'session', 'system', 'role'],
    grant: ['all', 'select', 'execute', 'connect', 'dba', 'create'],
    revoke: ['all', 'select', 'execute'],
    waitfor: ['delay', 'time'],
    exec: ['master', 'xp_cmdshell', 'sp_', 'xp_', 'immediate', '('],
    execute: ['immediate', 'master', 'xp_cmdshell', 'sp_', 'xp_'],
    declare: ['@'],
    shutdown: ['with', '-', ';'],
    load: ['data', 'xml', 'extension'],
    backup: ['database', 'log'],
    restore: ['database'],
    bulk: ['insert'],
    attach: ['database'],
    merge: ['into'],
    handler: ['open'],
    procedure: ['analyse', 'analyze'],
    copy: ['('],
  }),
);

const databaseCalls = new Set(
  (
    'sleep benchmark pg_sleep load_file extractvalue updatexml xmltype make_set elt randomblob generate_series group_concat concat_ws ' +
    'substring substr mid ascii ord char chr unhex hex version database schema current_database current_user session_user system_user user ' +
    'row_count found_rows last_insert_id load_extension sqlite_version json_extract json_keys ifnull nullif isnull coalesce lpad rpad ' +
    'convert cast char_length character_length bit_length length lower upper reverse regexp_substring regexp_like crypt_key quarter ' +
    'string_agg xmlagg listagg wm_concat to_char utl_inaddr get_host_address name_const geometrycollection polygon multipoint multilinestring ' +
    'linestring exp floor rand count avg sum min max greatest least field find_in_set instr locate position strcmp md5 sha1 sha2 password encode ' +
    'compress aes_encrypt row pg_read_file lo_import dblink openrowset opendatasource db_name host_name suser_name object_id col_length is_srvrolemember has_dbaccess quote_literal ' +
    'current_setting pi connection_id conv bin oct query_to_xml database_to_xml iif if procedure like sin cos tan abs concat replace format unix_timestamp now curdate'
  ).split(' '),
);
const databaseNames =
  /^(?:information_schema|performance_schema|pg_catalog|sqlite_master|sqlite_temp_master|sys(?:objects|columns|users|databases|ibm|cat|tables|comments|logins|xlogins)|mysql\.(?:user|db|proc)|all_(?:tables|users|tab_columns)|user_tables|user_tab_columns|pg_(?:user|shadow|tables|database|class|group|sleep|ls_dir|stat_activity)|v\$(?:version|instance)|rdb\$\w+|msysaccessobjects|domain\.(?:domains|columns|tables)|ctxsys|utl_(?:http|inaddr|smtp|file)|dbms_\w+|xp_\w+|sp_(?:executesql|oacreate|password|makewebtask|configure|addextendedproc|oamethod|help)|master(?:\.\.|\.dbo|\.sys)|syscat|sysibm|mysql\.|dba_users|dual$|waitfor$|outfile$|dumpfile$|banner$)/;

function words(classes: Readonly<Record<string, string>>): Record<string, string> {
  const table: Record<string, string> = Object.create(null);
  for (const [letter, list] of Object.entries(classes)) for (const word of list.split(' ')) table[word] = letter;
  return table;
}

const kindOfCode = new Uint8Array(128);
const space = 1;
const digit = 2;
const letter = 3;
for (let code = 0; code <= 32; code += 1) kindOfCode[code] = space;
kindOfCode[127] = space;
for (let code = 48; code <= 57; code += 1) kindOfCode[code] = digit;
for (let code = 97; code <= 122; code += 1) kindOfCode[code] = letter;
kindOfCode[95] = letter;

/** @param text lower case */
export function readSql(text: string, state: SqlState): SqlReading {
  let shape = '';
  let at = 0;
  let hasInlineComment = false;
  let isOpen = false;
  let commentChars = 0;
  if (state !== 'plain') {
    at = stringEnd(text, 0, state);
    shape = 's';
    if (at > text.length) return { shape, hasInlineComment, isOpen: true, commentChars };
  }
  while (at < text.length && shape.length < tokensMax) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kindOfCode[code] ?? 0) : letter;
    if (kind === space || code === 0xa0 || (code >= 0x2000 && code <= 0x200f)) {
      at += 1;
      continue;
    }
    const next = text.charCodeAt(at + 1);
    if (kind === digit || (code === 46 && next >= 48 && next <= 57)) {
      at = numberEnd(text, at);
      shape += 'n';
      continue;
    }
    if (kind === letter) {
      const end = wordEnd(text, at);
      const read = wordLetter(text, at, end);
      shape += read.letter;
      at = read.end;
      continue;
    }
    if (code === 92 && next === 110 && (text.charCodeAt(at + 2) || 32) <= 41) {
      // MySQL's other spelling of NULL.
      shape += 'n';
      at += 2;
      continue;
    }
    if (code === 39 || code === 34) {
      const end = stringEnd(text, at + 1, code === 39 ? "'" : '"');
      shape += 's';
      if (end > text.length) isOpen = true;
      at = end;
      continue;
    }
    if (code === 96) {
      const end = text.indexOf('`', at + 1);
      shape += 'v';
      at = end < 0 ? at + 1 : end + 1;
      continue;
    }
    if ((code === 45 && next === 45) || code === 35) {
      const end = text.indexOf('\n', at);
      commentChars = (end < 0 ? text.length : end) - at;
      // A comment that a line break ends hides nothing but itself; what follows is read on.
      if (end < 0) shape += 'C';
      else hasInlineComment = true;
      at = end < 0 ? text.length : end + 1;
      continue;
    }
    if (code === 47 && next === 42) {
      hasInlineComment = true;
      if (text.charCodeAt(at + 2) === 33) {
        at += 3;
        while ((kindOfCode[text.charCodeAt(at)] ?? 0) === digit) at += 1;
        continue;
      }
      const end = text.indexOf('*/', at + 2);
      if (end < 0) {
        commentChars = text.length - at;
        shape += 'C';
        at = text.length;
      } else at = end + 2;
      continue;
    }
    if (code === 42 && next === 47) {
      at += 2;
      continue;
    }
    if (code === 64) {
      at += 1;
      while (text.charCodeAt(at) === 64) at += 1;
      const quote = text.charCodeAt(at);
      at = quote === 96 || quote === 39 || quote === 34 ? stringEnd(text, at + 1, String.fromCharCode(quote)) : wordEnd(text, at);
      shape += 'd';
      continue;
    }
    const operator = operatorAt(text, at, code, next);
    shape += operator.letter;
    at += operator.length;
  }
  return { shape, hasInlineComment, isOpen, commentChars };
}

function operatorAt(text: string, at: number, code: number, next: number): { letter: string; length: number } {
  switch (code) {
    case 40:
      return { letter: '(', length: 1 };
    case 41:
      return { letter: ')', length: 1 };
    case 44:
      return { letter: ',', length: 1 };
    case 59:
      return { letter: ';', length: 1 };
    case 61:
      return { letter: 'c', length: next === 61 ? 2 : 1 };
    case 60:
      return { letter: 'c', length: next === 61 ? (text.charCodeAt(at + 2) === 62 ? 3 : 2) : next === 62 || next === 60 ? 2 : 1 };
    case 62:
      return { letter: 'c', length: next === 61 || next === 62 ? 2 : 1 };
    case 33:
      return next === 61 ? { letter: 'c', length: 2 } : { letter: 'a', length: 1 };
    case 58:
      return next === 61 ? { letter: 'c', length: 2 } : { letter: 'x', length: 1 };
    case 38:
      return next === 38 ? { letter: 'o', length: 2 } : { letter: 'a', length: 1 };
    case 124:
      return next === 124 ? { letter: 'o', length: 2 } : { letter: 'a', length: 1 };
    case 42:
    case 43:
    case 45:
    case 47:
    case 37:
    case 94:
    case 126:
      return { letter: 'a', length: 1 };
    default:
      return { letter: 'x', length: 1 };
  }
}

/** One past the closing quote; one past the text when none closes. A doubled quote and a backslash do not close. */
function stringEnd(text: string, from: number, quote: string): number {
  const code = quote.charCodeAt(0);
  for (let at = from; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === 92) at += 1;
    else if (character === code) {
      if (text.charCodeAt(at + 1) === code && at > from) at += 1;
      else return at + 1;
    }
  }
  return text.length + 1;
}

function numberEnd(text: string, from: number): number {
  const hex = /0x[0-9a-f]*/y;
  hex.lastIndex = from;
  if (hex.test(text)) return hex.lastIndex;
  const plain = /\d*\.?\d*(?:e[+-]?\d+)?(?:[df](?=union\b|select\b|or\b|and\b))?/y;
  plain.lastIndex = from;
  plain.test(text);
  return Math.max(plain.lastIndex, from + 1);
}

function wordEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      if (code === 0xa0 || (code >= 0x2000 && code <= 0x200f) || code === 0x2018 || code === 0x2019) break;
      continue;
    }
    const kind = kindOfCode[code];
    // `$` and a dot join names: v$version, information_schema.tables.
    if (kind !== letter && kind !== digit && code !== 36 && code !== 46) break;
  }
  return Math.max(at, from + 1);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && (kindOfCode[text.charCodeAt(at)] ?? 0) === space) at += 1;
    if (text.charCodeAt(at) !== 47 || text.charCodeAt(at + 1) !== 42 || text.charCodeAt(at + 2) === 33) return at;
    const end = text.indexOf('*/', at + 2);
    if (end < 0) return at;
    at = end + 2;
  }
}

/** The letter of a word, and where it ends: a statement takes its second word along. */
function wordLetter(text: string, from: number, wordEndAt: number): { letter: string; end: number } {
  let end = wordEndAt;
  let word = text.slice(from, end);
  const dot = word.indexOf('.');
  // `select.1`, `union.x`: a dot after a keyword belongs to the number or name that follows.
  if (dot > 0 && wordClasses[word.slice(0, dot)] !== undefined) {
    end = from + dot;
    word = word.slice(0, dot);
  }
  // Names in other scripts are writing, not columns.
  if (/[\u0100-\uffff]/.test(word)) return { letter: 'x', end };
  const follow = skipSpace(text, end);
  const known = wordClasses[word];
  if (word === 'order' || word === 'group') {
    const by = text.startsWith('by', follow) && wordEnd(text, follow) === follow + 2;
    return by ? { letter: 'O', end: follow + 2 } : { letter: 'v', end };
  }
  if (word === 'into') {
    const second = text.slice(follow, wordEnd(text, follow));
    return second === 'outfile' || second === 'dumpfile' ? { letter: 'I', end: follow + second.length } : { letter: 'v', end };
  }
  if (word === 'sounds' && text.startsWith('like', follow)) return { letter: 'w', end: follow + 4 };
  const seconds = statements.get(word);
  if (seconds !== undefined) {
    for (const second of seconds) if (text.startsWith(second, follow)) return { letter: 'T', end: follow + second.length };
  }
  if (word === 'update') {
    // `update NAME set`: the name may be anything, the third word may not.
    const nameEnd = wordEnd(text, follow);
    const third = skipSpace(text, nameEnd);
    return text.startsWith('set', third) && nameEnd > follow ? { letter: 'T', end: third + 3 } : { letter: 'v', end };
  }
  const isCall = text.charCodeAt(follow) === 40;
  if (known !== undefined) return isCall && (word === 'if' || word === 'iif') ? { letter: 'F', end } : { letter: known, end };
  if (databaseNames.test(word)) return { letter: 'X', end };
  if (isCall) {
    return { letter: databaseCalls.has(word) ? 'F' : 'f', end };
  }
  return { letter: 'v', end };
}
