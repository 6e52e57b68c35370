/**
 * The proxy alone: CPU time a request of the front with nothing to decide, beside nginx doing the same, in one run.
 * CPU time of the process counts, not requests per second: it stays true on a machine that others use as well. Needs nginx and wrk.
 */
import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDecider, upstreamPolicy } from '../src/gateway/decider.fixture.ts';
import { startFront } from '../src/gateway/front.ts';

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 32;
/** The kernel counts CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100;
const answer = '{"ok":true,"id":17,"name":"item","tags":["a","b"]}';

if (process.argv[2] === '--front') await serve(Number(process.argv[3]));
else await compare();

async function serve(upstreamPort: number): Promise<void> {
  const front = await startFront({
    listen: { host: '127.0.0.1', port: 0 },
    decider: openDecider(),
    client: { trustedHops: 0, header: 'x-forwarded-for' },
    upstreams: [upstreamPolicy([`http://127.0.0.1:${upstreamPort}`], { connectionsMax: 256 })],
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(front.port);
}

interface Target {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
}

async function compare(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'stance-proxy-bench-'));
  const running: ChildProcess[] = [];
  try {
    const [originPort, nginxPort] = [await freePort(), await freePort()];
    nginx(
      dir,
      'origin',
      `server { listen 127.0.0.1:${originPort}; location / { default_type application/json; return 200 '${answer}'; } }`,
      running,
    );
    const proxy = nginx(
      dir,
      'proxy',
      `upstream o { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 100000000; }
      server { listen 127.0.0.1:${nginxPort}; location / { proxy_pass http://o; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }`,
      running,
    );
    const front = fork(new URL(import.meta.url), ['--front', String(originPort)], { execArgv: ['--max-semi-space-size=32'] });
    running.push(front);
    const frontPort = await new Promise<number>((resolve) => front.once('message', (port) => resolve(Number(port))));
    await new Promise((next) => setTimeout(next, 500));
    const targets: Target[] = [
      { name: 'nginx', port: nginxPort, pid: proxy.pid ?? 0 },
      { name: 'front', port: frontPort, pid: front.pid ?? 0 },
    ];
    for (const target of targets) load(target.port);
    const best = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      for (const { name, port, pid } of targets) {
        const before = cpuSeconds(pid);
        const requests = load(port);
        const micros = ((cpuSeconds(pid) - before) / requests) * 1e6;
        best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, micros));
      }
    }
    const reference = best.get('nginx') ?? Number.NaN;
    for (const [name, micros] of best) {
      const share = (reference / micros).toFixed(2);
      process.stdout.write(
        `${name.padEnd(8)} ${micros.toFixed(1).padStart(7)} us CPU a GET  ${String(Math.round(1e6 / micros)).padStart(7)} a core  ${share} of nginx\n`,
      );
    }
  } finally {
    for (const child of running) child.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** One process, so that its own CPU time is all of it. */
function nginx(dir: string, name: string, http: string, running: ChildProcess[]): ChildProcess {
  const file = join(dir, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/${name}-${kind};`)
    .join(' ');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${dir}/${name}.pid; error_log ${dir}/${name}.log; events { worker_connections 1024; }
    http { access_log off; keepalive_requests 100000000; ${temporary} ${http} }`,
  );
  const child = spawn('nginx', ['-c', file, '-p', dir], { stdio: 'ignore' });
  child.on('error', () => process.stderr.write('This bench needs nginx on the path.\n'));
  running.push(child);
  return child;
}

/** @returns requests answered */
function load(port: number): number {
  const url = `http://127.0.0.1:${port}/api/v1/orders/48213?expand=lines&page=2`;
  const { stdout } = spawnSync('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '-H', 'Accept: application/json', url], {
    encoding: 'utf8',
  });
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  if (requests === 0 || /Non-2xx/.test(stdout)) throw new Error(`The load on port ${port} was not answered: ${stdout}`);
  return requests;
}

function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on a host and port, so never a pipe
  await new Promise((resolve) => server.close(resolve));
  return port;
}
