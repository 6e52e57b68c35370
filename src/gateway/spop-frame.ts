/** Frames of SPOP 2.0, the protocol HAProxy speaks with its agents (doc/SPOE.txt of HAProxy): read and written, nothing decided. */

export const frameTypes = { haproxyHello: 1, haproxyDisconnect: 2, notify: 3, agentHello: 101, agentDisconnect: 102, ack: 103 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly frameId: number;
  readonly payload: Buffer;
}

export type SpopValue = null | boolean | number | string | Buffer;

/** Whole frame; the unfragmented form is the only one asked for. */
const FIN = 1;

export class SpopError extends Error {}

/** Reads the variable-length integers, strings and typed values of a payload, and refuses to read beyond it. */
export class SpopReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new SpopError('a frame ends early');
    return byte;
  }

  varint(): number {
    let value = this.byte();
    if (value < 240) return value;
    let scale = 16;
    for (let step = 0; step < 8; step++) {
      const byte = this.byte();
      value += byte * scale;
      scale *= 128;
      if (byte < 128) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
    }
    throw new SpopError('an integer is too large');
  }

  bytes(): Buffer {
    const length = this.varint();
    if (this.#at + length > this.#bytes.length) throw new SpopError('a value ends after its frame');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  text(): string {
    return this.bytes().toString('latin1');
  }

  value(): SpopValue {
    const tag = this.byte();
    switch (tag & 15) {
      case 0:
        return null;
      case 1:
        return (tag & 16) !== 0;
      case 2:
      case 3:
      case 4:
      case 5:
        return this.varint();
      case 6:
        return [...this.#take(4)].join('.');
      case 7:
        return this.#take(16).toString('hex').match(/.{4}/g)?.join(':') ?? null;
      case 8:
        return this.text();
      case 9:
        return this.bytes();
      default:
        throw new SpopError('a value has no known type');
    }
  }

  /** Names and values up to the end, or `count` of them. */
  pairs(count = Number.POSITIVE_INFINITY): Map<string, SpopValue> {
    const pairs = new Map<string, SpopValue>();
    for (let read = 0; read < count && !this.isAtEnd; read++) pairs.set(this.text(), this.value());
    return pairs;
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new SpopError('a value ends after its frame');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }
}

/** The content of one frame, without its length. */
export function readFrame(bytes: Buffer): Frame {
  if (bytes.length < 7) throw new SpopError('a frame is too short');
  const reader = new SpopReader(bytes.subarray(5));
  const streamId = reader.varint();
  const frameId = reader.varint();
  const idBytes = varint(streamId).length + varint(frameId).length;
  return { type: bytes[0] ?? 0, flags: bytes.readUInt32BE(1), streamId, frameId, payload: bytes.subarray(5 + idBytes) };
}

/** With its length in front, ready to be sent. */
export function writeFrame(type: number, streamId: number, frameId: number, payload: Buffer): Buffer {
  const ids = Buffer.concat([varint(streamId), varint(frameId)]);
  const head = Buffer.alloc(9);
  head.writeUInt32BE(5 + ids.length + payload.length, 0);
  head[4] = type;
  head.writeUInt32BE(FIN, 5);
  return Buffer.concat([head, ids, payload]);
}

export function varint(value: number): Buffer {
  if (value < 240) return Buffer.from([value]);
  const bytes = [(value & 15) | 240];
  let rest = Math.floor((value - 240) / 16);
  while (rest >= 128) {
    bytes.push((rest & 127) | 128);
    rest = Math.floor((rest - 128) / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

export function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([varint(bytes.length), bytes]);
}

export function valueBytes(value: SpopValue): Buffer {
  if (value === null) return Buffer.from([0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 17 : 1]);
  if (typeof value === 'number') return Buffer.concat([Buffer.from([3]), varint(value)]);
  if (typeof value === 'string') return Buffer.concat([Buffer.from([8]), textBytes(value)]);
  return Buffer.concat([Buffer.from([9]), varint(value.length), value]);
}

export function pairBytes(pairs: Readonly<Record<string, SpopValue>>): Buffer {
  return Buffer.concat(Object.entries(pairs).flatMap(([name, value]) => [textBytes(name), valueBytes(value)]));
}

const SET_VAR = 1;
const SCOPE_TRANSACTION = 2;

/** Variables of the transaction, for an ACK. */
export function setVariables(variables: Readonly<Record<string, SpopValue>>): Buffer {
  return Buffer.concat(
    Object.entries(variables).flatMap(([name, value]) => [
      Buffer.from([SET_VAR, 3, SCOPE_TRANSACTION]),
      textBytes(name),
      valueBytes(value),
    ]),
  );
}
