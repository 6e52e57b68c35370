import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Mode } from '../engine/evidence/decision.ts';
import { StanceError } from '../errors.ts';
import type { TlsFiles } from '../gateway/tls.ts';
import type { Workspace } from '../workspace/use-cases.ts';
import { doorsOn, listenPlace, modeOf, refuseRemote, workerNotes } from './guard-options.ts';
import { runGuard } from './guard-run.ts';
import { closedDoors, type GuardPlaces, type ListenPlace, readGuardSetup } from './guard-setup.ts';
import { type GlobalOptions, openOptions, type Place, placeOf } from './place.ts';
import { Terminal } from './terminal.ts';

interface GuardOptions extends GlobalOptions {
  readonly upstream?: string;
  readonly listen: ListenPlace;
  readonly mode?: Mode;
  readonly policy?: string;
  readonly spec?: string[];
  readonly workers?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsClientCa?: string;
  readonly allowRemote?: boolean;
  readonly doors?: boolean;
}

export function define(command: Command): void {
  command
    .option('--upstream <origin>', 'where requests go on to: http://127.0.0.1:8080 (else `upstreams:` of the policy)')
    .option('--listen <address>', 'address and port of the guard', listenPlace, { host: '127.0.0.1', port: 7788 })
    .option('--mode <mode>', 'off, log or block: nothing is enforced beyond it (default: as the policy says)', modeOf)
    .option('--policy <file>', 'policy to make true (default: `policy:` of stance.yaml, else the built-in one)')
    .option('--spec <file...>', 'OpenAPI documents that requests must fit')
    .option('--workers <n>', 'processes that decide (default: one a core)', count)
    .option('--tls-cert <file>', 'certificate chain in PEM; read again when it changes')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--tls-client-ca <file>', 'authorities of client certificates; asks for one')
    .option('--doors', 'also answer other gateways: forward-auth 7790, ext_authz 7791, SPOE 7792, on the address of --listen')
    .option('--allow-remote', 'listen on an address that other machines reach')
    .addHelpText(
      'after',
      '\nStands in the path of traffic, decides on each request, and writes what it saw to the data folder. Ctrl-C drains and stops.',
    )
    .action(async () => {
      const options = command.optsWithGlobals<GuardOptions>();
      await guard(options, await placeOf(options));
    });
}

async function guard(options: GuardOptions, place: Place): Promise<void> {
  const terminal = new Terminal(options);
  const { host } = options.listen;
  refuseRemote(host, options.allowRemote === true);
  const places: GuardPlaces = {
    dir: place.dir,
    workspace: place.workspace,
    policyFile: options.policy === undefined ? null : resolve(options.policy),
    specFiles: options.spec ?? [],
    upstream: options.upstream ?? null,
    mode: options.mode ?? null,
    needsUpstream: true,
    doors: options.doors === true ? doorsOn(host) : closedDoors,
  };
  const setup = await readGuardSetup(places);
  const workspace = await writable(place);
  const running = await runGuard({
    setup,
    listen: options.listen,
    tls: tlsOf(options),
    workers: options.workers ?? null,
    workspace,
    followsVersions: options.policy === undefined,
    onPolicy: (text) => terminal.note(text),
    onEvent: workerNotes(terminal),
  });
  const { supervisor } = running;
  const scheme = options.tlsCert === undefined ? 'http' : 'https';
  await terminal.object(
    {
      schema: 'stance.guard/1',
      url: `${scheme}://${supervisor.host}:${supervisor.port}`,
      mode: setup.policy.mode,
      policy: setup.policy.version,
      workers: supervisor.workers().length,
    },
    () =>
      `The guard stands on ${scheme}://${supervisor.host}:${supervisor.port}, mode ${setup.policy.mode}, policy ${setup.policy.version}, ${supervisor.workers().length} workers, in front of ${setup.policy.upstreams.map((upstream) => upstream.urls.join(' ')).join(', ')}.\n`,
  );
  if (workspace === null)
    terminal.note('Another process writes this data folder; evidence waits in its spool until that process takes it.');
  process.on('SIGHUP', () => {
    readGuardSetup(places).then(
      (next) => running.use({ ...next, seed: setup.seed }).then(() => terminal.note(`The policy was read again: ${next.policy.version}.`)),
      (error: unknown) => terminal.note(`The policy was not changed: ${(error as Error).message}`),
    );
  });
  await stopSignal();
  terminal.note('Draining.');
  await running.stop();
  await workspace?.close();
}

/** null = another process holds the workspace for writing. */
async function writable(place: Place): Promise<Workspace | null> {
  const { openWorkspace } = await import('../workspace/open-workspace.ts');
  try {
    return await openWorkspace({ ...openOptions(place), mode: 'write', holder: 'stance guard' });
  } catch (error) {
    if (error instanceof StanceError && error.code === 'workspace-busy') return null;
    throw error;
  }
}

function tlsOf({ tlsCert, tlsKey, tlsClientCa }: GuardOptions): TlsFiles | null {
  if (tlsCert === undefined && tlsKey === undefined) {
    if (tlsClientCa === undefined) return null;
  } else if (tlsCert !== undefined && tlsKey !== undefined) {
    // Whether a certificate is needed is a matter of each route, so the handshake only asks.
    const clientCaFile = tlsClientCa === undefined ? null : resolve(tlsClientCa);
    return { certFile: resolve(tlsCert), keyFile: resolve(tlsKey), clientCaFile, clientCertificate: 'ask' };
  }
  throw new StanceError('usage', {
    message: 'TLS needs a certificate and its key.',
    unchanged: 'Nothing was started.',
    next: 'Give --tls-cert and --tls-key together, and --tls-client-ca with them.',
  });
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64) throw new InvalidArgumentError('A whole number from 1 to 64.');
  return number;
}

function stopSignal(): Promise<void> {
  return new Promise((done) => {
    process.once('SIGINT', () => done());
    process.once('SIGTERM', () => done());
  });
}
