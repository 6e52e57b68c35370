/** What tells two programs behind one address apart when nothing better does: user agent and names of header fields, in order. */
import { header } from './headers.ts';
import type { RequestHead } from './request.ts';

/** Fields that change from one request of a client to the next say nothing of the client. */
const changing: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'cookie',
  'referer',
  'origin',
  'authorization',
  'if-none-match',
  'if-modified-since',
  'range',
  'connection',
  'transfer-encoding',
  'expect',
]);

const remembered = new WeakMap<RequestHead, string>();

/** As the door saw it, else made from the fields; the same for all requests of one program, and for all copies of it. */
export function clientShape(head: RequestHead): string {
  if (head.clientShape !== null) return head.clientShape;
  const known = remembered.get(head);
  if (known !== undefined) return known;
  let shape = header(head.headers, 'user-agent') ?? '';
  for (const { name } of head.headers) if (!changing.has(name)) shape += `\n${name}`;
  remembered.set(head, shape);
  return shape;
}
