/** Error answers that show the inside of a service: stack traces, database errors, versions (OWASP API8:2023, CWE-209). */

export interface AnswerLeak {
  readonly kind: 'stack-trace' | 'database-error' | 'version-banner';
  /** What it reads as, in words. */
  readonly what: string;
}

/** Characters of an error answer that are looked at. */
const textMax = 64 * 1024;

const signs: readonly { readonly kind: AnswerLeak['kind']; readonly what: string; readonly pattern: RegExp }[] = [
  {
    kind: 'stack-trace',
    what: 'a Java stack trace',
    pattern: /\bat [\w$.<>]{3,200}\([\w$]{1,100}\.(?:java|kt|scala|groovy):\d{1,6}\)|\bCaused by: [\w$.]{3,200}(?:Exception|Error)\b/,
  },
  {
    kind: 'stack-trace',
    what: 'a Python traceback',
    pattern: /Traceback \(most recent call last\)|\bFile \\?"[^"\n]{1,300}\.py\\?", line \d{1,6}/,
  },
  {
    kind: 'stack-trace',
    what: 'a JavaScript stack trace',
    pattern: /\bat (?:async )?(?:[\w$.<> [\]]{1,200} )?\(?(?:file:\/\/|node:|[A-Za-z]:\\|\/)[^\s()]{1,300}:\d{1,6}:\d{1,6}\)?/,
  },
  {
    kind: 'stack-trace',
    what: 'a .NET stack trace',
    pattern: /\bat [\w.`<>[\]]{3,200}\([^()\n]{0,300}\) in [^\n]{1,300}:line \d{1,6}|\bSystem\.[\w.]{1,100}Exception:/,
  },
  {
    kind: 'stack-trace',
    what: 'a PHP error',
    pattern:
      /\b(?:Fatal error|Parse error|Warning|Notice)(?:<\/b>)?:\s{1,4}[^\n]{1,400}? in (?:<b>)?[^\n]{1,300}\.php\b|Stack trace:\s{0,4}#0 /,
  },
  { kind: 'stack-trace', what: 'a Go panic', pattern: /\bgoroutine \d{1,6} \[[a-z ]{1,30}\]:|\bpanic: runtime error/ },
  { kind: 'stack-trace', what: 'a Ruby backtrace', pattern: /[\w./-]{1,300}\.rb:\d{1,6}:in [`'][^'\n]{1,200}'/ },
  { kind: 'stack-trace', what: 'a Rust panic', pattern: /\bthread '[^'\n]{1,100}' panicked at/ },
  { kind: 'database-error', what: 'an Oracle error', pattern: /\bORA-\d{5}\b/ },
  {
    kind: 'database-error',
    what: 'a MySQL error',
    pattern: /You have an error in your SQL syntax|\b(?:com\.mysql\.|MySQLSyntaxError|mysqli?_(?:query|fetch)|ER_PARSE_ERROR\b)/,
  },
  {
    kind: 'database-error',
    what: 'a PostgreSQL error',
    pattern:
      /\b(?:psycopg2?\.errors?\.|PG::\w{1,60}Error|org\.postgresql\.util\.PSQLException)|\bsyntax error at or near \\?"|\bpg_query\(\)/,
  },
  {
    kind: 'database-error',
    what: 'a SQLite error',
    pattern: /\bSQLITE_(?:ERROR|CONSTRAINT|BUSY)\b|\bsqlite3\.\w{1,40}Error\b|\bSQLite3?::\w{1,40}Exception\b/,
  },
  {
    kind: 'database-error',
    what: 'a SQL Server error',
    pattern: /Unclosed quotation mark after the character string|\b(?:System|Microsoft)\.Data\.SqlClient\b|\bIncorrect syntax near '/,
  },
  {
    kind: 'database-error',
    what: 'a SQL error',
    pattern: /\bSQLSTATE\[\w{5}\]|\bSequelizeDatabaseError\b|\bJDBCException\b|\bActiveRecord::StatementInvalid\b/,
  },
  { kind: 'database-error', what: 'a MongoDB error', pattern: /\bMongo(?:Server|Network|Parse)?Error\b|\bE11000 duplicate key\b/ },
  {
    kind: 'version-banner',
    what: 'a server version',
    pattern: /\b(?:Apache|nginx|openresty|Jetty|Tomcat|lighttpd|Microsoft-IIS|gunicorn|Werkzeug|PHP|Phusion Passenger)\/\d{1,4}\.\d{1,6}/,
  },
];

/** Header fields whose business is to name software. */
const bannerHeaders = ['server', 'x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'x-generator'] as const;

/** Each kind at most once. */
export function answerLeaks(text: string): readonly AnswerLeak[] {
  const seen = text.length > textMax ? text.slice(0, textMax) : text;
  const leaks = new Map<AnswerLeak['kind'], AnswerLeak>();
  for (const { kind, what, pattern } of signs) if (!leaks.has(kind) && pattern.test(seen)) leaks.set(kind, { kind, what });
  return [...leaks.values()];
}

/** The header field that names software with its version; null when none does. */
export function bannerHeader(headers: readonly { readonly name: string; readonly value: string }[]): string | null {
  for (const { name, value } of headers) {
    if ((bannerHeaders as readonly string[]).includes(name) && /\d{1,4}\.\d{1,6}/.test(value.slice(0, 200))) return name;
  }
  return null;
}
