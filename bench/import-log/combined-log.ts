/** A large access log in nginx's combined format, made from a seed: ids of many shapes, assets, scanners, a few errors. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type Chance, chance } from '../../examples/shop/traffic/chance.ts';

export interface CombinedLogOptions {
  readonly lines: number;
  readonly seed: number;
  /** Time of the first line, milliseconds since the epoch; the lines spread over `days` from there. */
  readonly fromMs: number;
  readonly days: number;
}

/** Lines are handed to the file in pieces of about this size, bytes. */
const pieceBytes = 256 * 1024;

type MakePath = (fortune: Chance) => string;

/** Weight, method, path, status: fifty templates' worth of traffic with the skew that real APIs have. */
const kinds: readonly { readonly weight: number; readonly method: string; readonly path: MakePath; readonly status: number }[] = [
  { weight: 120, method: 'GET', path: (c) => `/api/v1/items?page=${c.int(1, 400)}`, status: 200 },
  { weight: 160, method: 'GET', path: (c) => `/api/v1/items/${c.int(1, 90_000)}`, status: 200 },
  { weight: 60, method: 'GET', path: (c) => `/api/v1/items/${c.int(1, 90_000)}/reviews`, status: 200 },
  { weight: 60, method: 'GET', path: (c) => `/api/v1/users/${c.uuid()}`, status: 200 },
  { weight: 40, method: 'GET', path: (c) => `/api/v1/users/${c.uuid()}/orders/${c.int(100_000, 999_999)}`, status: 200 },
  { weight: 30, method: 'POST', path: () => '/api/v1/orders', status: 201 },
  { weight: 20, method: 'PUT', path: (c) => `/api/v1/carts/${c.token(24)}`, status: 200 },
  { weight: 10, method: 'DELETE', path: (c) => `/api/v1/carts/${c.token(24)}/items/${c.int(1, 90_000)}`, status: 204 },
  { weight: 15, method: 'POST', path: () => '/api/v1/login', status: 200 },
  { weight: 5, method: 'POST', path: () => '/api/v1/login', status: 401 },
  { weight: 20, method: 'GET', path: (c) => `/api/v1/search?q=${c.token(6)}`, status: 200 },
  { weight: 15, method: 'GET', path: (c) => `/api/v1/reports/2026-${String(c.int(1, 12)).padStart(2, '0')}-01`, status: 200 },
  { weight: 10, method: 'GET', path: (c) => `/api/v1/items/${c.int(1, 90_000)}`, status: 404 },
  { weight: 120, method: 'GET', path: (c) => `/assets/app.${c.int(1, 9)}.js`, status: 200 },
  { weight: 80, method: 'GET', path: (c) => `/img/${c.int(1, 3_000)}.webp`, status: 304 },
  { weight: 40, method: 'GET', path: () => '/', status: 200 },
  { weight: 20, method: 'GET', path: () => '/healthz', status: 200 },
  { weight: 12, method: 'GET', path: (c) => `/${c.pick(['.env', 'wp-login.php', '.git/config', 'phpmyadmin/'])}`, status: 404 },
  { weight: 6, method: 'GET', path: (c) => `/${c.token(9)}.php`, status: 404 },
];
const weightTotal = kinds.reduce((sum, kind) => sum + kind.weight, 0);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Writes the log and returns its size in bytes. */
export async function writeCombinedLog(file: string, options: CombinedLogOptions): Promise<number> {
  const fortune = chance(options.seed);
  const out = createWriteStream(file);
  const stepMs = (options.days * 86_400_000) / options.lines;
  let piece = '';
  let bytes = 0;
  for (let made = 0; made < options.lines; made += 1) {
    piece += line(fortune, options.fromMs + made * stepMs);
    if (piece.length < pieceBytes && made < options.lines - 1) continue;
    bytes += piece.length;
    if (!out.write(piece)) await once(out, 'drain');
    piece = '';
  }
  out.end();
  await once(out, 'finish');
  return bytes;
}

function line(fortune: Chance, atMs: number): string {
  const kind = pickKind(fortune);
  const two = (value: number) => String(value).padStart(2, '0');
  const at = new Date(atMs);
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  const client = `10.${fortune.int(0, 3)}.${fortune.int(0, 255)}.${fortune.int(1, 254)}`;
  const agent = fortune.isTrue(0.7) ? 'Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36' : 'okhttp/4.12.0';
  return `${client} - - [${day}:${time} +0000] "${kind.method} ${kind.path(fortune)} HTTP/1.1" ${kind.status} ${fortune.int(120, 40_000)} "-" "${agent}"\n`;
}

function pickKind(fortune: Chance): (typeof kinds)[number] {
  let left = fortune.next() * weightTotal;
  for (const kind of kinds) {
    left -= kind.weight;
    if (left < 0) return kind;
  }
  throw new Error('weights do not add up');
}
