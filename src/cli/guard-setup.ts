/** What a guard is started with, as plain data: read and checked once by the supervisor, handed to every worker. */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ApiContract } from '../engine/decide.ts';
import { lowestMode, type Mode } from '../engine/evidence/decision.ts';
import type { Policy, UpstreamPolicy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { openFile } from '../sources/input.ts';
import { readContract } from '../sources/openapi-contract.ts';
import { openFingerprintKey } from '../workspace/fingerprint-key.ts';
import { guardSpoolDir } from '../workspace/guard-spool-intake.ts';
import { chosenPolicy } from './policy-place.ts';

export interface GuardSetup {
  readonly policy: Policy;
  /** On trial for a share of the clients; null = none. */
  readonly trial: { readonly policy: Policy; readonly share: number } | null;
  readonly contracts: readonly ApiContract[];
  /** Base64 of the data folder's key; workers make the same prints as everything else here. */
  readonly fingerprintKey: string;
  /** 32 secret bits that the workers of one guard share, for limits they count together. */
  readonly seed: number;
  readonly spoolDir: string;
  /** Folder that relative file names of the policy are meant from. */
  readonly policyDir: string;
  readonly doors: DoorPlaces;
}

/** Where the doors beside other gateways listen; null = closed. */
export interface DoorPlaces {
  readonly forwardAuth: ListenPlace | null;
  readonly extAuthz: ListenPlace | null;
  readonly spoe: ListenPlace | null;
}

export interface ListenPlace {
  readonly host: string;
  readonly port: number;
}

export const closedDoors: DoorPlaces = { forwardAuth: null, extAuthz: null, spoe: null };

export interface GuardPlaces {
  readonly dir: string;
  /** File named on the command line; null = that of the project, else the default. */
  readonly policyFile: string | null;
  /** A version that was applied, which goes before any file; absent = none was. */
  readonly policy?: Policy;
  readonly specFiles: readonly string[];
  readonly upstream: string | null;
  /** Nothing is enforced beyond it; null = as the policy says. */
  readonly mode: Mode | null;
  readonly doors: DoorPlaces;
  readonly workspace: string;
  /** False when only doors beside other gateways are asked for. */
  readonly needsUpstream: boolean;
}

/** @throws StanceError `config-invalid`, `input-unreadable`: nothing was started */
export async function readGuardSetup(places: GuardPlaces): Promise<GuardSetup> {
  const written = places.policy ?? chosenPolicy(places.policyFile ?? undefined).policy;
  const upstreams = places.upstream === null ? written.upstreams : [upstreamOf(places.upstream)];
  if (upstreams.length === 0 && places.needsUpstream)
    throw new StanceError('config-invalid', {
      message: 'The guard does not know where to pass requests on to.',
      unchanged: 'Nothing was started.',
      next: 'Name the API behind it with --upstream http://127.0.0.1:8080, or in the policy under `upstreams:`.',
    });
  const contracts = await Promise.all(places.specFiles.map(async (file) => readContract(await openFile(file))));
  mkdirSync(places.dir, { recursive: true, mode: 0o700 });
  return {
    policy: { ...written, upstreams, mode: places.mode === null ? written.mode : lowestMode(written.mode, places.mode) },
    trial: null,
    contracts,
    fingerprintKey: openFingerprintKey(places.dir).toString('base64'),
    seed: randomInt(0, 2 ** 31),
    spoolDir: guardSpoolDir(places.dir, places.workspace),
    doors: places.doors,
    policyDir: places.policyFile === null ? process.cwd() : dirname(resolve(places.policyFile)),
  };
}

function upstreamOf(address: string): UpstreamPolicy {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.pathname !== '/' || url.search !== '')
    throw new StanceError('usage', {
      message: `--upstream ${address} is not an origin such as http://127.0.0.1:8080.`,
      unchanged: 'Nothing was started.',
      next: 'Give scheme, host and port only; paths are passed on as they come.',
    });
  return {
    name: 'upstream',
    urls: [url.origin],
    hosts: [],
    paths: [],
    health: null,
    retries: 1,
    connectTimeoutMs: 5_000,
    answerTimeoutMs: 60_000,
    // Connections to one upstream cost little; too few let slow readers keep everybody else waiting.
    connectionsMax: 4_096,
    caFile: null,
    keepHost: true,
  };
}
