import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Mode } from '../engine/evidence/decision.ts';
import { StanceError } from '../errors.ts';
import type { OtlpReceiver } from '../server/otlp-receiver.ts';
import type { RunningServer } from '../server/serve.ts';
import { actorName } from './actor.ts';
import { type ConfigurationPlaces, configured } from './configuration.ts';
import { listenPlace, modeOf } from './guard-options.ts';
import type { RunningGuard } from './guard-run.ts';
import { closedDoors, type ListenPlace } from './guard-setup.ts';
import { configurationPlaces, type GlobalOptions, type Place, placeOf } from './place.ts';
import { removeServerFile, writeServerFile } from './server-file.ts';
import { minute } from './table.ts';
import { Terminal } from './terminal.ts';

interface UpOptions extends GlobalOptions {
  readonly listen?: string;
  readonly port?: string;
  readonly allowRemote?: boolean;
  readonly hostName?: string[];
  readonly sample: boolean;
  readonly otlpPort?: string;
  readonly upstream?: string;
  readonly guardListen: ListenPlace;
  readonly guardMode?: Mode;
  readonly spec?: string[];
  readonly doors?: boolean;
  readonly otlp: boolean;
  readonly logLevel?: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

export function define(command: Command): void {
  command
    .option('--listen <address>', 'address of page and API (default: 127.0.0.1)')
    .option('--port <n>', 'port of page and API; 0 = any free one (default: 7700)')
    .option('--allow-remote', 'listen on an address that other machines reach; put TLS in front')
    .option('--host-name <name...>', 'further names the page is opened under, as behind a proxy')
    .option('--upstream <origin>', 'also stand in the path of traffic, in front of this API: http://127.0.0.1:8080')
    .option('--guard-listen <address>', 'address and port of the guard', listenPlace, { host: '127.0.0.1', port: 7788 })
    .option('--guard-mode <mode>', 'off, log or block: nothing is enforced beyond it (default: as the policy says)', modeOf)
    .option('--spec <file...>', 'OpenAPI documents that requests through the guard must fit')
    .option('--doors', 'answer other gateways: forward-auth 7790, ext_authz 7791, SPOE 7792, on the address of the guard')
    .option('--otlp-port <n>', 'port of the OTLP/HTTP trace receiver (default: 4318)')
    .option('--no-otlp', 'receive no traces')
    .option('--no-sample', 'do not load the sample company into an empty data folder')
    .option('--log-level <level>', `${logLevels.join(', ')} (default: warn)`)
    .addHelpText('after', '\nThe link on standard output opens once; `stance link` prints another. Ctrl-C stops.')
    .action(async () => {
      const options = command.optsWithGlobals<UpOptions>();
      await up(options, await placeOf(options), await configurationPlaces(options));
    });
}

async function up(options: UpOptions, place: Place, places: ConfigurationPlaces): Promise<void> {
  const terminal = new Terminal(options);
  const [
    { serve },
    { workspaceHost },
    { randomToken },
    { catalogue },
    { openFile },
    { namedInput },
    { uploadBytesMax },
    { guardSpoolDir, watchGuardSpool },
  ] = await Promise.all([
    import('../server/serve.ts'),
    import('./workspace-host.ts'),
    import('../server/session.ts'),
    import('../engine/controls/catalogue.ts'),
    import('../sources/input.ts'),
    import('./named-input.ts'),
    import('../server/upload.ts'),
    import('../workspace/guard-spool-intake.ts'),
  ]);
  mkdirSync(place.dir, { recursive: true, mode: 0o700 });
  const host = workspaceHost(place, 'stance up');
  if (options.sample)
    await loadSampleWhenNeeded(
      place,
      terminal,
      (await host.list()).map((held) => held.name),
    );
  const secret = randomToken();
  const uploadDir = join(place.dir, 'tmp');
  clearUploads(uploadDir);
  const server = await serve(
    {
      host,
      catalogue,
      openUpload: async (path, name) => namedInput(await openFile(path), { name }),
      uploadDir,
      uploadBytesMax,
      webDir: resolve(import.meta.dirname, '../../web/dist'),
      version: await packageVersion(),
      actor: actorName().replace(' (command line)', ''),
      commandSecret: secret,
      hostNames: options.hostName ?? [],
      now: Date.now,
      log: { level: levelOf(configured('log-level', places).value), write: (line) => process.stderr.write(line) },
    },
    {
      address: configured('listen', places).value,
      port: portOf(configured('port', places).value, '--port'),
      allowRemote: options.allowRemote === true,
    },
  );
  const receiver = options.otlp
    ? await startReceiver(server, options, place, places, terminal).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      })
    : null;
  // A guard that runs as a process of its own finds this workspace taken: it spools, and what it spooled is taken up here.
  const guards = watchGuardSpool(guardSpoolDir(place.dir, place.workspace), () => server.workspace(place.workspace));
  const guard = await startGuard(server, options, place, terminal).catch(async (error: unknown) => {
    await guards.stop();
    await receiver?.stop();
    await server.stop();
    throw error;
  });
  writeServerFile(place.dir, { url: server.url, pid: process.pid, startedMs: Date.now(), secret });
  const link = server.link();
  await terminal.object(
    { schema: 'stance.up/1', url: server.url, link: link.url, expiresMs: link.expiresMs, data: place.dir },
    () => `${link.url}\n`,
  );
  terminal.note(
    `Stance runs on ${server.url}, data in ${place.dir}. The link above opens once, until ${minute(link.expiresMs)}; \`stance link\` makes another. Ctrl-C stops.`,
  );
  await stopSignal();
  terminal.note('Stopping.');
  removeServerFile(place.dir);
  await receiver?.stop();
  await guard?.stop();
  await guards.stop();
  await server.stop();
}

/** The guard of `--upstream`, or of the policy's own upstreams, or the doors alone; null = none of them was asked for. */
async function startGuard(server: RunningServer, options: UpOptions, place: Place, terminal: Terminal): Promise<RunningGuard | null> {
  const { chosenPolicy } = await import('./policy-place.ts');
  if (options.upstream === undefined && options.doors !== true && chosenPolicy(undefined).policy.upstreams.length === 0) return null;
  const [{ readGuardSetup }, { runGuard }, { doorsOn, refuseRemote, workerNotes }] = await Promise.all([
    import('./guard-setup.ts'),
    import('./guard-run.ts'),
    import('./guard-options.ts'),
  ]);
  refuseRemote(options.guardListen.host, options.allowRemote === true);
  const setup = await readGuardSetup({
    dir: place.dir,
    workspace: place.workspace,
    policyFile: null,
    specFiles: options.spec ?? [],
    upstream: options.upstream ?? null,
    needsUpstream: options.doors !== true,
    mode: options.guardMode ?? null,
    doors: options.doors === true ? doorsOn(options.guardListen.host) : closedDoors,
  });
  const running = await runGuard({
    setup,
    listen: options.guardListen,
    tls: null,
    workers: null,
    workspace: await server.workspace(place.workspace),
    followsVersions: true,
    onEvent: workerNotes(terminal),
    onPolicy: (text) => terminal.note(text),
  });
  const where =
    setup.policy.upstreams.length === 0
      ? ''
      : `, in front of ${setup.policy.upstreams.map((upstream) => upstream.urls.join(' ')).join(', ')}`;
  terminal.note(
    `The guard stands on http://${running.supervisor.host}:${running.supervisor.port}${where}, into workspace ${place.workspace}.${options.doors === true ? ' Doors: forward-auth 7790, ext_authz 7791, SPOE 7792.' : ''}`,
  );
  return running;
}

/** Traces go into the workspace named; a port that is taken is said and does not stop the page. */
async function startReceiver(
  server: RunningServer,
  options: UpOptions,
  place: Place,
  places: ConfigurationPlaces,
  terminal: Terminal,
): Promise<OtlpReceiver | null> {
  const [{ receiveOtlp }, { decodeOtlp }] = await Promise.all([import('../server/otlp-receiver.ts'), import('../sources/otlp.ts')]);
  const port = configured('otlp-port', places);
  try {
    const receiver = await receiveOtlp({
      decode: (bytes, contentType) => decodeOtlp(bytes, contentType),
      openLive: async () => (await server.workspace(place.workspace)).openLive('otlp', 'otlp'),
      address: configured('listen', places).value,
      port: portOf(port.value, '--otlp-port'),
      allowRemote: options.allowRemote === true,
      hostNames: options.hostName ?? [],
    });
    terminal.note(`OpenTelemetry traces: ${receiver.url}, into workspace ${place.workspace}.`);
    return receiver;
  } catch (error) {
    if (!(error instanceof StanceError) || error.code !== 'conflict' || port.origin !== 'default') throw error;
    terminal.note(`No OpenTelemetry traces: ${error.message} Choose another port with --otlp-port, or --no-otlp.`);
    return null;
  }
}

/** The first page then shows a posture and a change; it is a workspace of its own, marked, and can be deleted. */
async function loadSampleWhenNeeded(place: Place, terminal: Terminal, existing: readonly string[]): Promise<void> {
  const { isSampleHalf, loadSample, sampleName } = await import('../workspace/sample.ts');
  const options = { dir: place.dir, holder: 'stance up', ...(place.url === null ? {} : { url: place.url }) };
  if (existing.length === 0) terminal.note('The data folder is empty: loading the sample company (--no-sample leaves it out).');
  else if (existing.includes(sampleName) && (await isSampleHalf(options)))
    terminal.note('Finishing the sample company, whose loading was cut off.');
  else return;
  await loadSample(options);
}

/** What a killed server left half received is of no use to anybody. */
function clearUploads(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) if (name.startsWith('upload-')) rmSync(join(folder, name), { force: true });
}

/** Resolves at the first request to stop; a second one ends at once. */
function stopSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        done();
      });
    }
  });
}

async function packageVersion(): Promise<string> {
  const parsed: unknown = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  return String((parsed as { version: unknown }).version);
}

export function portOf(text: string, option: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new StanceError('usage', { message: `${option} is no port: ${text}`, next: 'A number from 0 to 65535.' });
}

function levelOf(text: string): string {
  if (logLevels.includes(text)) return text;
  throw new StanceError('usage', { message: `${text} is no log level.`, next: `One of ${logLevels.join(', ')}.` });
}
