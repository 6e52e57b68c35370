/** What runs in each guard process: the decision with everything it needs, made from plain settings. No store, no server. */
import { hostname } from 'node:os';
import { ClientWatch, compileGuard, type DecideState, LearnedTraffic, Limiter, ScopeUse, type WatchEvent } from '../engine/decide.ts';
import { pathSegmenter } from '../engine/http/path-segmenter.ts';
import { OverloadAdmission } from '../gateway/admission.ts';
import { Authenticator } from '../gateway/authenticate.ts';
import { CedarRules } from '../gateway/cedar.ts';
import { EvidenceBuffer } from '../gateway/evidence-buffer.ts';
import { EvidenceSpool } from '../gateway/evidence-spool.ts';
import { startExtAuthz } from '../gateway/ext-authz.ts';
import { type Door, startForwardAuth } from '../gateway/forward-auth.ts';
import { GuardDecider } from '../gateway/guard-decider.ts';
import { LearnedFile } from '../gateway/learned-file.ts';
import { MessageLimitShare, SHARE_MS, SharedLimits } from '../gateway/limit-share.ts';
import { SlowWatch } from '../gateway/slow-watch.ts';
import { startSpoe } from '../gateway/spoe.ts';
import type { CreateGuard } from '../gateway/worker-message.ts';
import { fingerprinter } from '../workspace/fingerprint-key.ts';
import type { GuardSetup } from './guard-setup.ts';

/** How often a trial of a policy tells what it came to. */
const TRIAL_REPORT_MS = 2_000;
/** How often it is told which scopes calls carried and needed. */
const SCOPES_TOLD_MS = 30_000;

/** How often the first worker keeps what it learned. */
const LEARNED_KEEP_MS = 60_000;

export const createGuard: CreateGuard = async (settings, context) => {
  let setup = settings as GuardSetup; // written by the supervisor of the same version
  const fingerprint = fingerprinter(Buffer.from(setup.fingerprintKey, 'base64'));
  const segment = pathSegmenter(fingerprint);
  const startedMs = Date.now();
  const worker = `${hostname()}-${context.pid}-${startedMs}`;
  const doors: Door[] = [];
  const doorNames: string[] = [];
  const evidence = new EvidenceBuffer({
    worker,
    pid: context.pid,
    sink: (batch) => context.hand(batch),
    spool: new EvidenceSpool(setup.spoolDir, worker),
    now: Date.now,
    describe: () => ({ policyVersion: setup.policy.version, mode: setup.policy.mode, doors: doorNames }),
  });
  // What clients did outlives a change of policy: a scanner is not forgotten because a route was edited.
  let scopes = new ScopeUse();
  const watch = new ClientWatch(setup.seed, (event) => context.say({ kind: 'watch', event }));
  // Every worker goes on from what was kept; one of them keeps, since each sees its share of all operations.
  const learnedFile = new LearnedFile(setup.spoolDir);
  const learned = new LearnedTraffic(fingerprint, segment, learnedFile.load());
  const keeping = context.worker === 0 ? setInterval(() => learnedFile.save(learned), LEARNED_KEEP_MS).unref() : null;
  const memory = { watch, learned };
  let parts = partsOf(setup, memory);
  const share = new MessageLimitShare((message) => context.say(message));
  let shared = parts.state.limiter === null ? null : new SharedLimits(parts.state.limiter, share, Date.now);
  const decider = new GuardDecider({
    ...parts,
    evidence,
    fingerprint,
    segment,
    now: Date.now,
    chance: Math.random,
    onLimits: (nowMs) => shared?.checked(nowMs),
    onScopes: (call) => scopes.note(call),
  });
  let slow: SlowWatch | null = null;
  const tellScopes = async () => {
    const rows = scopes.rows();
    if (rows.length === 0) return;
    scopes = new ScopeUse();
    if (await context.hand({ kind: 'scope-use', rows }).catch(() => false)) return;
    // Nobody takes them now: they are told with the next.
    for (const row of rows) scopes.add(row);
  };
  const tellingScopes = setInterval(() => void tellScopes(), SCOPES_TOLD_MS).unref();
  const exchanging = setInterval(() => shared?.exchange(), SHARE_MS).unref();
  const onTrial = (trial: GuardSetup['trial']) => {
    trialParts?.admission?.close();
    trialParts?.cedar?.close();
    trialParts = trial === null ? null : partsOf({ ...setup, policy: trial.policy }, memory);
    decider.try(trial === null || trialParts === null ? null : { parts: trialParts, share: trial.share });
  };
  let trialParts: ReturnType<typeof partsOf> | null = null;
  onTrial(setup.trial);
  const reporting = setInterval(() => {
    const counts = decider.takeTrialCounts();
    if (counts !== null && setup.trial !== null)
      context.hand({ kind: 'trial', version: setup.trial.policy.version, counts }).catch(() => undefined);
  }, TRIAL_REPORT_MS).unref();

  // One worker answers the doors beside other gateways: they ask over few connections, which sharing would not spread.
  if (context.worker === 0) {
    const client = setup.policy.client;
    const { forwardAuth, extAuthz, spoe } = setup.doors;
    const open = async (
      name: string,
      at: { readonly host: string; readonly port: number } | null,
      start: (listen: { host: string; port: number }) => Promise<Door>,
    ) => {
      if (at === null) return;
      doors.push(await start(at));
      doorNames.push(`${name} ${at.host}:${at.port}`);
    };
    await open('forward-auth', forwardAuth, (listen) => startForwardAuth({ listen, decider, client }));
    await open('ext_authz', extAuthz, (listen) => startExtAuthz({ listen, decider, client }));
    await open('SPOE', spoe, (listen) => startSpoe({ listen, decider, client }));
  }

  return {
    decider,
    upstreams: setup.policy.upstreams,
    client: setup.policy.client,
    started: (front) => {
      doorNames.unshift(`proxy ${front.host}:${front.port}`);
      slow = new SlowWatch({
        connections: front.connections,
        decider: () => decider,
        mode: () => (setup.policy.mode === 'off' ? 'off' : setup.policy.mode === 'log' ? 'log' : setup.policy.behaviour.slow),
        isBehindProxy: () => setup.policy.client.trustedHops > 0,
      });
    },
    reload: (next) => {
      const wanted = next as GuardSetup; // as above
      const made = partsOf(wanted, memory);
      parts.admission?.close();
      const { cedar } = parts;
      // What callers have used up stays used up under the limits of the same name.
      if (parts.state.limiter !== null) made.state.limiter?.adopt(parts.state.limiter, Date.now());
      if (made.state.limiter === null) shared = null;
      else if (shared === null) shared = new SharedLimits(made.state.limiter, share, Date.now);
      else shared.replace(made.state.limiter);
      parts = made;
      setup = wanted;
      decider.use(made);
      onTrial(wanted.trial);
      cedar?.close();
      return { upstreams: wanted.policy.upstreams, client: wanted.policy.client };
    },
    heard: (message) => {
      if (!share.receive(message) && isWatchMessage(message)) watch.heard(message.event, Date.now());
    },
    stop: async () => {
      clearInterval(exchanging);
      clearInterval(reporting);
      clearInterval(tellingScopes);
      await tellScopes();
      slow?.stop();
      for (const door of doors) await door.close();
      parts.admission?.close();
      parts.callers.close();
      if (keeping !== null) {
        clearInterval(keeping);
        learnedFile.save(learned);
      }
      await evidence.close();
    },
  };
};

/** Said by a worker of this same guard. */
function isWatchMessage(message: unknown): message is { readonly kind: 'watch'; readonly event: WatchEvent } {
  return typeof message === 'object' && message !== null && (message as { kind?: unknown }).kind === 'watch';
}

/** Whatever a policy determines; refuses as a whole when any of it cannot be set up. */
function partsOf(setup: GuardSetup, memory: Pick<DecideState, 'watch' | 'learned'>) {
  const { policy, contracts, seed } = setup;
  const compiled = compileGuard(policy, contracts);
  const callers = new Authenticator(policy, {
    dir: setup.policyDir,
    env: process.env,
    now: Date.now,
    printKey: Buffer.from(setup.fingerprintKey, 'base64'),
  });
  const state: DecideState = { limiter: policy.limits.length === 0 ? null : new Limiter(policy.limits, seed), ...memory };
  const admission = policy.overload.mode === 'off' ? null : new OverloadAdmission(policy.overload, seed, Date.now);
  const cedar = policy.cedar === null ? null : CedarRules.load(policy.cedar);
  return { compiled, callers, cedar, state, admission };
}
