/** What an OTLP/HTTP receiver answers, in the encoding of the request (opentelemetry-proto 1.x, section "OTLP/HTTP Response"). */

export interface OtlpOutcome {
  /** Spans that could not be used; they are not to be sent again. */
  readonly rejected: number;
  readonly message: string;
}

/** ExportTraceServiceResponse: `partial_success` only when something was rejected. */
export function exportAnswer(isJson: boolean, { rejected, message }: OtlpOutcome): Buffer {
  if (isJson) {
    return Buffer.from(
      JSON.stringify(rejected === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejected), errorMessage: message } }),
    );
  }
  if (rejected === 0) return Buffer.alloc(0);
  return field(1, Buffer.concat([Buffer.from([0x08]), varint(rejected), field(2, Buffer.from(message))]));
}

/** google.rpc.Status, which OTLP asks for in the body of every 4xx and 5xx. */
export function faultAnswer(isJson: boolean, message: string): Buffer {
  return isJson ? Buffer.from(JSON.stringify({ message })) : field(2, Buffer.from(message));
}

/** A length-delimited protobuf field. */
function field(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  do {
    const low = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? low | 128 : low);
  } while (left > 0);
  return Buffer.from(bytes);
}
