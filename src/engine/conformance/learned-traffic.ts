/** The learned model as the guard uses it: which operation a request belongs to, and what of a request may be learned. */
import type { Mode, Objection } from '../evidence/decision.ts';
import type { FingerprintFn } from '../evidence/fingerprint.ts';
import type { PathSegmenter } from '../http/path-segmenter.ts';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { LearnedModel, type LearnedRequest, type LearnedState } from './learned-model.ts';

/** A request to an operation that no specification declares, with its body when it has one. */
export interface LearnedCall {
  readonly head: RequestHead;
  readonly service: string | null;
  readonly params: Readonly<Record<string, string>>;
  /** Proven subject; null = nobody is. */
  readonly subject: string | null;
  readonly body: ParsedBody | null;
}

/** An operation that taught this much is known: of its requests one in eight is still learned from, to save time. */
export const settledRequests = 10_000;
const settledShare = 8;

const none: readonly Objection[] = [];

export class LearnedTraffic {
  readonly #model: LearnedModel;
  readonly #fingerprint: FingerprintFn;
  readonly #segment: PathSegmenter;
  #learned = 0;
  #settled = 0;

  constructor(fingerprint: FingerprintFn, segment: PathSegmenter, state: LearnedState | null) {
    this.#model = new LearnedModel(fingerprint, state);
    this.#fingerprint = fingerprint;
    this.#segment = segment;
  }

  get state(): LearnedState {
    return this.#model.state;
  }

  /** Requests learned from since the start: whether there is anything new to keep. */
  get learned(): number {
    return this.#learned;
  }

  judge(call: LearnedCall, mode: Mode): readonly Objection[] {
    return isSeenWhole(call) ? this.#model.judge(this.#request(call, false), mode) : none;
  }

  /** Only for what was let through and answered well. */
  learn(call: LearnedCall): void {
    if (!isSeenWhole(call)) return;
    const request = this.#request(call, true);
    const { operations } = this.#model.state;
    const known = Object.hasOwn(operations, request.operation) ? (operations[request.operation]?.requests ?? 0) : 0;
    if (known >= settledRequests && this.#settled++ % settledShare !== 0) return;
    this.#learned += 1;
    this.#model.learn(request);
  }

  #request({ head, service, params, subject, body }: LearnedCall, withClient: boolean): LearnedRequest {
    const path = this.#segment(head.path)
      .segments.map(({ text }) => text)
      .join('/');
    const client = withClient ? this.#clientOf(head, subject) : null;
    return { operation: `${service === null ? '' : `${service} `}${head.method} /${path}`, head, params, body, client };
  }

  #clientOf({ clientAddress }: RequestHead, subject: string | null): LearnedRequest['client'] {
    if (subject !== null) return this.#fingerprint('principal', subject);
    return clientAddress === null ? null : this.#fingerprint('client', clientAddress);
  }
}

/** A body of which a part was left unseen would teach that the rest of its fields may be missing. */
function isSeenWhole({ body }: LearnedCall): boolean {
  return body === null || (body.isWhole && body.malformed === null);
}
