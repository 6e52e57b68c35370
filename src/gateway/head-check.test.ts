import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listeningDecider, upstreamPolicy } from './decider.fixture.ts';
import type { ConnectionFault } from './decider.ts';
import { closeAll, front } from './front.fixture.ts';
import type { Front } from './front.ts';
import { canonicalHost, fieldName, isHost, readFraming, readTarget } from './head-check.ts';
import { exchange, judge, type RecordingOrigin, recordingOrigin } from './wire.fixture.ts';

const get = (target: string, ...fields: string[]): string =>
  `GET ${target} HTTP/1.1\r\n${['Host: a.test', ...fields].join('\r\n')}\r\n\r\n`;
const post = (fields: readonly string[], body: string): string =>
  `POST /p HTTP/1.1\r\n${['Host: a.test', ...fields].join('\r\n')}\r\n\r\n${body}`;
const chunked = 'Transfer-Encoding: chunked';
const hidden = 'GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n';

/** `pass`: the upstream sees exactly these requests. `refuse`: it sees nothing, the client gets this status or a closed connection. */
type Row =
  | readonly [what: string, bytes: string, expected: 'pass', ...seen: string[]]
  | readonly [what: string, bytes: string, expected: 'refuse', status: number]
  | readonly [what: string, bytes: string, expected: 'wait'];

const rows: readonly Row[] = [
  // The request line.
  ['a plain GET', get('/a'), 'pass', 'GET /a'],
  ['an empty line before', `\r\n${get('/a')}`, 'pass', 'GET /a'],
  ['query and percent escapes as sent', get('/a%2Fb?c=%20d&e'), 'pass', 'GET /a%2Fb?c=%20d&e'],
  ['bytes above 127 in the target', get('/\xc3\xa9'), 'refuse', 400],
  ['an extension method', 'PROPFIND /a HTTP/1.1\r\nHost: a.test\r\n\r\n', 'pass', 'PROPFIND /a'],
  ['two spaces in the request line, which go on as one', 'GET  /a HTTP/1.1\r\nHost: a.test\r\n\r\n', 'pass', 'GET /a'],
  ['a space in the target', get('/a b'), 'refuse', 400],
  ['a tab in the target', get('/a\tb'), 'refuse', 400],
  ['a fragment', get('/a#b'), 'refuse', 400],
  ['NUL in the target', get('/a\0b'), 'refuse', 400],
  ['DEL in the target', get('/a\x7fb'), 'refuse', 400],
  ['CR in the target', get('/a\rb'), 'refuse', 400],
  ['LF in the target', get('/a\nb'), 'refuse', 400],
  ['a relative target', get('a'), 'refuse', 400],
  ['a target of 25,000 characters', get(`/${'a'.repeat(25_000)}`), 'refuse', 414],
  ['a head of 40 KB', get('/a', `X-A: ${'a'.repeat(40_000)}`), 'refuse', 431],
  ['201 fields', get('/a', ...Array.from({ length: 201 }, (_, nth) => `X-${nth}: 1`)), 'refuse', 431],
  ['150 fields', get('/a', ...Array.from({ length: 150 }, (_, nth) => `X-${nth}: 1`)), 'pass', 'GET /a'],
  ['a target of 8,000 characters', get(`/${'a'.repeat(7_999)}`), 'pass', `GET /${'a'.repeat(7_999)}`],
  ['a method with a separator', 'G(T /a HTTP/1.1\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['a method in lower case', 'get /a HTTP/1.1\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['HTTP/0.9', 'GET /a\r\n\r\n', 'refuse', 505],
  ['HTTP/1.2', 'GET /a HTTP/1.2\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['HTTP/2.0 in text', 'GET /a HTTP/2.0\r\nHost: a.test\r\n\r\n', 'refuse', 505],
  ['HTTP/1.10', 'GET /a HTTP/1.10\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['a version in lower case', 'GET /a http/1.1\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['text after the version', 'GET /a HTTP/1.1 x\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['an answer instead of a request', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 'refuse', 400],
  ['a TLS hello', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03', 'refuse', 400],
  // The four forms of a target.
  ['an absolute target', get('http://a.test/a?b'), 'pass', 'GET /a?b'],
  ['an absolute target without a path', get('http://a.test'), 'pass', 'GET /'],
  ['an absolute target with a query alone', get('http://a.test?b=c'), 'pass', 'GET /?b=c'],
  ['an absolute target stands above Host', get('http://b.test/a'), 'pass', 'GET /a'],
  ['userinfo in an absolute target', get('http://me@a.test/a'), 'refuse', 400],
  ['another scheme', get('ftp://a.test/a'), 'refuse', 400],
  ['an authority for GET', get('a.test:80'), 'refuse', 400],
  ['CONNECT', 'CONNECT a.test:80 HTTP/1.1\r\nHost: a.test:80\r\n\r\n', 'refuse', 405],
  ['* for GET', get('*'), 'refuse', 400],
  // Host.
  ['no Host', 'GET /a HTTP/1.1\r\n\r\n', 'refuse', 400],
  ['no Host in HTTP/1.0', 'GET /a HTTP/1.0\r\n\r\n', 'pass', 'GET /a'],
  ['two Hosts', get('/a', 'Host: b.test'), 'refuse', 400],
  ['two Hosts that agree', get('/a', 'Host: a.test'), 'refuse', 400],
  ['Host in another case twice', get('/a', 'HOST: b.test'), 'refuse', 400],
  ['an empty Host', 'GET /a HTTP/1.1\r\nHost:\r\n\r\n', 'refuse', 400],
  ['a Host with userinfo', 'GET /a HTTP/1.1\r\nHost: me@a.test\r\n\r\n', 'refuse', 400],
  ['a Host with a path', 'GET /a HTTP/1.1\r\nHost: a.test/b\r\n\r\n', 'refuse', 400],
  ['a Host with a space', 'GET /a HTTP/1.1\r\nHost: a.test b.test\r\n\r\n', 'refuse', 400],
  ['a list of Hosts', 'GET /a HTTP/1.1\r\nHost: a.test, b.test\r\n\r\n', 'refuse', 400],
  ['a Host with a word for a port', 'GET /a HTTP/1.1\r\nHost: a.test:http\r\n\r\n', 'refuse', 400],
  ['a Host with a port', 'GET /a HTTP/1.1\r\nHost: a.test:8080\r\n\r\n', 'pass', 'GET /a'],
  ['an IPv6 Host', 'GET /a HTTP/1.1\r\nHost: [::1]:80\r\n\r\n', 'pass', 'GET /a'],
  // Field lines.
  ['a field without a value', get('/a', 'X-A:'), 'pass', 'GET /a'],
  ['tabs around a value', get('/a', 'X-A:\t\tb\t'), 'pass', 'GET /a'],
  ['bytes above 127 in a value', get('/a', 'X-A: \x85\xa0\xff'), 'pass', 'GET /a'],
  ['an underscore in a name', get('/a', 'My_Field: 1'), 'pass', 'GET /a'],
  ['every character of a token in a name', get('/a', "X!#$%&'*+-.^_`|~9: 1"), 'pass', 'GET /a'],
  ['a folded line', get('/a', 'X-A: b\r\n c'), 'refuse', 400],
  ['a folded first line', 'GET /a HTTP/1.1\r\n X-A: b\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  ['a folded Transfer-Encoding', post(['Transfer-Encoding:\r\n chunked'], '0\r\n\r\n'), 'refuse', 400],
  ['a space before the colon', get('/a', 'X-A : b'), 'refuse', 400],
  ['a tab before the colon', get('/a', 'X-A\t: b'), 'refuse', 400],
  ['a line without a colon', get('/a', 'X-A'), 'refuse', 400],
  ['an empty name', get('/a', ': b'), 'refuse', 400],
  ['a name with a space', get('/a', 'X A: b'), 'refuse', 400],
  ['a byte above 127 in a name', get('/a', 'X-\xe9: b'), 'refuse', 400],
  ['NUL in a name', get('/a', 'X-\0: b'), 'refuse', 400],
  ['NUL in a value', get('/a', 'X-A: b\0c'), 'refuse', 400],
  ['a control byte in a value', get('/a', 'X-A: b\x01c'), 'refuse', 400],
  ['CR in a value', get('/a', 'X-A: b\rc'), 'refuse', 400],
  ['LF alone at a line end', 'GET /a HTTP/1.1\nHost: a.test\n\n', 'refuse', 400],
  ['LF alone at one line end', `GET /a HTTP/1.1\r\nX-A: b\nHost: a.test\r\n\r\n`, 'refuse', 400],
  ['CR alone at a line end', 'GET /a HTTP/1.1\rHost: a.test\r\r', 'refuse', 400],
  ['two CR at a line end', 'GET /a HTTP/1.1\r\r\nHost: a.test\r\n\r\n', 'refuse', 400],
  // Content-Length.
  ['a body with a length', post(['Content-Length: 5'], 'hello'), 'pass', 'POST /p hello'],
  ['a length with leading zeros', post(['Content-Length: 005'], 'hello'), 'pass', 'POST /p hello'],
  ['a body that looks like a request', post([`Content-Length: ${hidden.length}`], hidden), 'pass', `POST /p ${hidden}`],
  ['a GET with a body', `${get('/a', 'Content-Length: 5')}hello`, 'pass', 'GET /a hello'],
  ['a length with a sign', post(['Content-Length: +5'], 'hello'), 'refuse', 400],
  ['a negative length', post(['Content-Length: -5'], 'hello'), 'refuse', 400],
  ['a hexadecimal length', post(['Content-Length: 0x5'], 'hello'), 'refuse', 400],
  ['a length with a fraction', post(['Content-Length: 5.0'], 'hello'), 'refuse', 400],
  ['a length with an underscore', post(['Content-Length: 1_0'], 'hello'), 'refuse', 400],
  ['a list of lengths', post(['Content-Length: 5, 5'], 'hello'), 'refuse', 400],
  ['an empty length', post(['Content-Length:'], 'hello'), 'refuse', 400],
  ['a length beyond 64 bits', post(['Content-Length: 18446744073709551621'], 'hello'), 'refuse', 400],
  ['a length beyond 53 bits', post(['Content-Length: 9007199254740993'], 'hello'), 'refuse', 400],
  ['two lengths', post(['Content-Length: 5', 'Content-Length: 6'], 'hello'), 'refuse', 400],
  ['the same length twice', post(['Content-Length: 5', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['a length and another behind a space', post(['Content-Length: 5', 'Content-Length : 6'], 'hello'), 'refuse', 400],
  // Transfer-Encoding.
  ['a chunked body', post([chunked], '5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n'), 'pass', 'POST /p hello world'],
  ['chunked in upper case', post(['TRANSFER-ENCODING: CHUNKED'], '5\r\nhello\r\n0\r\n\r\n'), 'pass', 'POST /p hello'],
  ['chunk sizes with leading zeros and letters', post([chunked], '000A\r\n0123456789\r\n0\r\n\r\n'), 'pass', 'POST /p 0123456789'],
  ['a chunk extension', post([chunked], '5;a=b\r\nhello\r\n0\r\n\r\n'), 'pass', 'POST /p hello'],
  ['a trailer, which ends here', post([chunked], '5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n'), 'pass', 'POST /p hello'],
  ['a framing field as a trailer', post([chunked], '5\r\nhello\r\n0\r\nContent-Length: 50\r\n\r\n'), 'refuse', 400],
  ['chunked with a length', post([chunked, 'Content-Length: 5'], '0\r\n\r\n'), 'refuse', 400],
  ['a length with chunked', post(['Content-Length: 5', chunked], '0\r\n\r\n'), 'refuse', 400],
  ['chunked twice', post([chunked, chunked], '0\r\n\r\n'), 'refuse', 400],
  ['chunked twice in one line', post(['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'), 'refuse', 400],
  ['gzip, chunked', post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'), 'refuse', 400],
  ['chunked, gzip', post(['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n'), 'refuse', 400],
  ['identity', post(['Transfer-Encoding: identity'], ''), 'refuse', 400],
  ['xchunked', post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'), 'refuse', 400],
  ['chunked in quotes', post(['Transfer-Encoding: "chunked"'], '0\r\n\r\n'), 'refuse', 400],
  ['chunked with a parameter', post(['Transfer-Encoding: chunked;q=1'], '0\r\n\r\n'), 'refuse', 400],
  ['a comma before chunked', post(['Transfer-Encoding: ,chunked'], '0\r\n\r\n'), 'refuse', 400],
  ['an empty Transfer-Encoding', post(['Transfer-Encoding:', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['a vertical tab before chunked', post(['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'), 'refuse', 400],
  ['a no-break space before chunked', post(['Transfer-Encoding: \xa0chunked'], '0\r\n\r\n'), 'refuse', 400],
  ['chunked in HTTP/1.0', `POST /p HTTP/1.0\r\nHost: a.test\r\n${chunked}\r\n\r\n0\r\n\r\n`, 'refuse', 400],
  ['an underscore for the dash', post(['Transfer_Encoding: chunked', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['an underscore in the length', post(['Content_Length: 1', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['no dash at all', post(['ContentLength: 1', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['one letter too many', post(['Transfer-Encodings: chunked', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['an encoded line end behind the name', post(['Content-Length%0d%0a: 1', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  ['a dot for the dash', post(['Transfer.Encoding: chunked', 'Content-Length: 5'], 'hello'), 'refuse', 400],
  // Chunks.
  ['a chunk size with 0x', post([chunked], '0x5\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size with a sign', post([chunked], '+5\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size after a space', post([chunked], ' 5\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size before a letter', post([chunked], '5g\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['an empty chunk size', post([chunked], '\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size beyond 64 bits', post([chunked], '10000000000000005\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size line with LF alone', post([chunked], '5\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['a chunk size line with CR alone', post([chunked], '5\rhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['chunk data without CRLF', post([chunked], '5\r\nhello0\r\n\r\n'), 'refuse', 400],
  ['chunk data closed by two other bytes', post([chunked], '5\r\nhelloXX0\r\n\r\n'), 'refuse', 400],
  ['chunk data closed by LF alone', post([chunked], '5\r\nhello\n0\r\n\r\n'), 'refuse', 400],
  ['LF alone in a chunk extension', post([chunked], '5;a\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  ['CR alone in a chunk extension', post([chunked], '5;a\rb\r\nhello\r\n0\r\n\r\n'), 'refuse', 400],
  // What ends at this hop.
  ['an upgrade to h2c', get('/a', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'), 'pass', 'GET /a'],
  ['hop-by-hop fields', get('/a', 'TE: trailers', 'Keep-Alive: 5', 'Proxy-Connection: close'), 'pass', 'GET /a'],
  ['a length bound to the connection', post(['Connection: content-length', 'Content-Length: 5'], 'hello'), 'pass', 'POST /p hello'],
  // One after the other.
  ['two pipelined GETs', get('/a') + get('/b'), 'pass', 'GET /a', 'GET /b'],
  ['a GET behind a body', post(['Content-Length: 5'], 'hello') + get('/b'), 'pass', 'POST /p hello', 'GET /b'],
  ['nothing is read behind a refused head', get('/a#b') + hidden, 'refuse', 400],
  ['nothing is read behind both framings', post([chunked, 'Content-Length: 5'], '0\r\n\r\n') + hidden, 'refuse', 400],
  // Not all there.
  ['half a head', 'GET /a HTTP/1.1\r\nHos', 'wait'],
  ['half a final line end', 'GET /a HTTP/1.1\r\nHost: a.test\r\n\r', 'wait'],
];

describe('raw bytes', () => {
  let up: RecordingOrigin;
  let at: Front;
  let faults: ConnectionFault[];
  beforeAll(async () => {
    up = await recordingOrigin();
    const { decider, told } = listeningDecider();
    faults = told.faults;
    at = await front({ upstreams: [upstreamPolicy([up.url], { retries: 0 })], decider });
  });
  afterAll(closeAll);

  it('has 138 rows', () => expect(rows).toHaveLength(138));

  it.each(rows.map((row) => ({ what: row[0], row })))('$what', async ({ row }) => {
    const [, bytes, expected] = row;
    up.connections.length = 0;
    faults.length = 0;
    const answer = await exchange(at.port, bytes);
    const judged = up.connections.map((chunks) => judge(Buffer.concat(chunks)));
    expect(judged.flatMap(({ doubts }) => doubts)).toEqual([]);
    const seen = judged.flatMap(({ requests }) =>
      requests.map(({ method, target, body }) => `${method} ${target}${body === '' ? '' : ` ${body}`}`),
    );
    if (expected === 'pass') {
      expect(seen.sort()).toEqual([...(row.slice(3) as string[])].sort()); // the rest of such a row
      expect(answer.statuses).toEqual(seen.map(() => 200));
    } else {
      expect(seen).toEqual([]);
      if (expected === 'refuse') {
        expect(answer.statuses).toEqual([row[3]]);
        expect(answer.isClosed).toBe(true);
        expect(faults).toHaveLength(1);
        expect(faults[0]?.rule).toMatch(/^protocol\.[a-z0-9-]+$/);
        expect(answer.text).toContain(faults[0]?.incident);
      } else expect(answer.statuses).toEqual([]);
    }
  });

  it('answers OPTIONS * itself', async () => {
    up.connections.length = 0;
    expect((await exchange(at.port, 'OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n')).statuses).toEqual([204]);
    expect(up.connections).toHaveLength(0);
  });

  it('answers what came before a malformed request, then that one, in order', async () => {
    const answer = await exchange(at.port, `${get('/a')}GET /b c HTTP/1.1\r\nHost: a.test\r\n\r\n`);
    expect(answer.statuses).toEqual([200, 400]);
    expect(answer.isClosed).toBe(true);
  });
});

describe('the parts of a head', () => {
  it('takes a target apart', () => {
    expect(readTarget('GET', '/a?b?c')).toMatchObject({ path: '/a', query: 'b?c', authority: null });
    expect(readTarget('GET', '/a?')).toMatchObject({ path: '/a', query: '' });
    expect(readTarget('GET', 'HTTP://A.test:80/b')).toMatchObject({ path: '/b', authority: 'A.test:80' });
  });

  it('writes a host in one way', () => {
    expect(canonicalHost('API.Test:80', 'http')).toBe('api.test');
    expect(canonicalHost('api.test:443', 'http')).toBe('api.test:443');
    expect(canonicalHost('api.test:443', 'https')).toBe('api.test');
    // A full name ends with a dot; to a server it is the same host, so to a rule as well.
    for (const host of ['api.test.', 'API.test.:80']) expect(canonicalHost(host, 'http')).toBe('api.test');
    expect(canonicalHost('api.test.:8080', 'http')).toBe('api.test:8080');
    expect(isHost('api%2etest')).toBe(false);
    expect(isHost('a'.repeat(300))).toBe(false);
  });

  it('reads a length only when there is one', () => {
    expect(readFraming(['7'], [], '1.1')).toEqual({ contentLength: 7, isChunked: false });
    expect(readFraming([], [], '1.0')).toEqual({ contentLength: null, isChunked: false });
    expect(readFraming([], ['Chunked'], '1.1')).toEqual({ contentLength: null, isChunked: true });
  });
});

it('takes fields that name another target for what only a proxy of ours may say', () => {
  for (const name of ['X-Original-URL', 'X-Original-URI', 'X-Rewrite-URL', 'x_rewrite_url'])
    expect(fieldName(name).kind).toBe('forwarding');
  expect(fieldName('X-Original-Size').kind).toBe('plain');
});
