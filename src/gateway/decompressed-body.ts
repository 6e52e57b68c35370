/** A request body that came compressed, opened for inspection: an attack must not pass because it was zipped. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { HeaderList } from '../engine/http/headers.ts';
import type { RequestBody } from '../engine/http/request.ts';

/** Bytes a compressed body may come to for inspection; a bomb stops here. */
export const decompressedBytesMax = 1_048_576;
/** Layers of content coding that are opened (RFC 9110 section 8.4 allows a list). */
const layersMax = 3;

const openers: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength: decompressedBytesMax }),
  'x-gzip': (bytes) => gunzipSync(bytes, { maxOutputLength: decompressedBytesMax }),
  deflate: (bytes) => {
    // Both forms are sent under this name.
    try {
      return inflateSync(bytes, { maxOutputLength: decompressedBytesMax });
    } catch {
      return inflateRawSync(bytes, { maxOutputLength: decompressedBytesMax });
    }
  },
  br: (bytes) => brotliDecompressSync(bytes, { maxOutputLength: decompressedBytesMax }),
  zstd: (bytes) => zstdDecompressSync(bytes, { maxOutputLength: decompressedBytesMax }),
};

/** All codings of a body in the order they were applied: a list may stand in several fields (RFC 9110 section 5.3). */
export function contentCodings(headers: HeaderList): string | null {
  let codings: string | null = null;
  for (const { name, value } of headers) if (name === 'content-encoding') codings = codings === null ? value : `${codings}, ${value}`;
  return codings;
}

/** The body as it is meant; unchanged, and marked as not whole, when it cannot be opened within the bound. */
export function decompressed(contentEncoding: string | null, body: RequestBody): RequestBody {
  if (contentEncoding === null || body.bytes.length === 0) return body;
  const codings = contentEncoding
    .split(',', layersMax + 1)
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  let bytes = body.bytes;
  for (const coding of codings.reverse().slice(0, layersMax)) {
    const open = openers[coding];
    if (open === undefined) return { bytes, isWhole: false };
    try {
      bytes = open(bytes);
    } catch {
      return { bytes, isWhole: false };
    }
  }
  return codings.length > layersMax ? { bytes, isWhole: false } : { bytes, isWhole: body.isWhole };
}
