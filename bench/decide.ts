/**
 * What one decision of the guard costs by itself, without a proxy around it: `node bench/decide.ts [--ms 1500]`.
 * CPU microseconds on average and wall time at the 50th and 99th percentile, for a GET, 2 KB and 20 KB of JSON, with nothing
 * to decide, with callers and limits (the token verified before, as for all but its first request), and with everything: by a
 * specification, and by what was learned where there is none.
 * The last column is what is written down and learned of the exchange afterwards, at the 50th percentile.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LearnedTraffic } from '../src/engine/conformance/learned-traffic.ts';
import { ClientWatch, compileGuard, type DecideState, Limiter } from '../src/engine/decide.ts';
import { pathSegmenter } from '../src/engine/http/path-segmenter.ts';
import { Authenticator } from '../src/gateway/authenticate.ts';
import type { ExchangeEnd, Ruling } from '../src/gateway/decider.ts';
import { GuardDecider } from '../src/gateway/guard-decider.ts';
import { openFile } from '../src/sources/input.ts';
import { readContract } from '../src/sources/openapi-contract.ts';
import { fingerprinter } from '../src/workspace/fingerprint-key.ts';
import { type Level, writeLevels } from './guard-cost/levels.ts';
import { headOf, type LoadCase, loadCases } from './guard-cost/requests.ts';

const SEED = 40_961;
const WARM_MS = 700;
const { values: given } = parseArgs({ options: { ms: { type: 'string' } } });
const roundMs = Number(given.ms ?? 1_500);

const dir = mkdtempSync(join(tmpdir(), 'stance-decide-'));
try {
  const { levels, token, specFile } = await writeLevels(dir);
  const contract = await readContract(await openFile(specFile));
  const fingerprint = fingerprinter(Buffer.alloc(32, 7));
  process.stdout.write(`${''.padEnd(30)}${'CPU us'.padStart(8)}${'p50 us'.padStart(9)}${'p99 us'.padStart(9)}${'+ record'.padStart(10)}\n`);
  for (const level of levels) {
    const decider = deciderOf(level, level.isSpecified ? [contract] : []);
    for (const load of loadCases) await measure(decider, level, load);
  }

  function deciderOf({ policy }: Level, contracts: Parameters<typeof compileGuard>[1]): GuardDecider {
    const segment = pathSegmenter(fingerprint);
    const state: DecideState = {
      limiter: policy.limits.length === 0 ? null : new Limiter(policy.limits, SEED),
      watch: new ClientWatch(SEED),
      learned: new LearnedTraffic(fingerprint, segment, null),
    };
    return new GuardDecider({
      compiled: compileGuard(policy, contracts),
      state,
      callers: new Authenticator(policy, { dir, env: {}, now: Date.now }),
      admission: null,
      evidence: { exchange: () => undefined, decision: () => undefined, fault: () => undefined },
      fingerprint,
      segment,
      now: Date.now,
      onLimits: null,
      onScopes: null,
      chance: () => 1,
    });
  }

  async function measure(decider: GuardDecider, level: Level, load: LoadCase): Promise<void> {
    const bytes = load.body === null ? null : Buffer.from(load.body);
    const decided = async (): Promise<Ruling> => {
      const first = await decider.head(headOf(load, token));
      return first.bodyBytes > 0 && bytes !== null ? decider.body(first, { bytes, isWhole: true }) : first;
    };
    // Keys are fetched and the token verified by the first request.
    const first = await decided();
    if (first.refusal !== null) throw new Error(`${load.name} was refused at level ${level.name}: ${first.refusal.body}`);
    const once = (): Ruling => {
      // A new head each time, as a parser makes one.
      const ruling = decider.head(headOf(load, token));
      if (ruling instanceof Promise) throw new Error('The token was not remembered.');
      return ruling.bodyBytes > 0 && bytes !== null ? decider.body(ruling, { bytes, isWhole: true }) : ruling;
    };
    const recorded = (): void => decider.done(once(), endOf(load));
    timed(once, WARM_MS);
    const alone = timed(once, roundMs);
    timed(recorded, WARM_MS);
    const withRecord = timed(recorded, roundMs);
    const figures = [alone.cpuMicros, alone.p50, alone.p99].map((micros) => micros.toFixed(1).padStart(9)).join('');
    process.stdout.write(`${`${level.name}, ${load.name}`.padEnd(29)}${figures}${(withRecord.p50 - alone.p50).toFixed(1).padStart(10)}\n`);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function endOf({ body }: LoadCase): ExchangeEnd {
  return {
    atMs: Date.now(),
    status: 200,
    durationMs: 1,
    requestBytes: body?.length ?? 0,
    responseBytes: 51,
    answerHeaders: [{ name: 'content-type', value: 'application/json' }],
    failure: null,
  };
}

/** Runs `once` for about `ms`. */
function timed(once: () => void, ms: number): { readonly cpuMicros: number; readonly p50: number; readonly p99: number } {
  const samples: number[] = [];
  const before = process.cpuUsage();
  const end = performance.now() + ms;
  for (let at = performance.now(); at < end; ) {
    once();
    const now = performance.now();
    samples.push((now - at) * 1_000);
    at = now;
  }
  const { user, system } = process.cpuUsage(before);
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor((samples.length - 1) * share)] ?? Number.NaN;
  return { cpuMicros: (user + system) / samples.length, p50: at(0.5), p99: at(0.99) };
}
