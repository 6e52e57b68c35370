/** Other proxies beside the guard: one process each, no logs, kept-alive connections to the service, as their makers advise for load. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './processes.ts';

const modsecurityModules = ['/usr/lib/nginx/modules', '/usr/share/nginx/modules'].map((dir) => `${dir}/ngx_http_modsecurity_module.so`);
const coreRules = '/usr/share/modsecurity-crs/rules';
const coreRulesSetup = '/etc/modsecurity/crs/crs-setup.conf';
/** The CRS is slow on long values below this, and then lets them pass unseen. */
const MATCHES_MAX = 150_000;

export interface Peer {
  readonly name: string;
  /** Why it cannot take part; null = it can. */
  readonly missing: string | null;
  /** Writes what it needs and gives the command. */
  readonly command: (dir: string, port: number, upstreamPort: number) => readonly string[];
}

export function nginxOrigin(dir: string, port: number): readonly string[] {
  const answer = '{"order":70412,"state":"packed","lines":3,"open":true}';
  return nginx(
    dir,
    'origin',
    '',
    `server { listen 127.0.0.1:${port}; location / { default_type application/json; return 200 '${answer}'; } }`,
  );
}

const modsecurityModule = modsecurityModules.find((file) => existsSync(file));

export const peers: readonly Peer[] = [
  { name: 'nginx', missing: null, command: (dir, port, upstream) => nginx(dir, 'proxy', '', forwarding(port, upstream)) },
  {
    name: 'nginx + CRS',
    missing:
      modsecurityModule === undefined || !existsSync(coreRules) || !existsSync(coreRulesSetup)
        ? 'ModSecurity for nginx and the OWASP Core Rule Set are not installed (libnginx-mod-http-modsecurity, modsecurity-crs)'
        : null,
    command: (dir, port, upstream) => {
      const rules = join(dir, 'rules.conf');
      writeFileSync(rules, coreRuleSet());
      const inForce = `modsecurity on; modsecurity_rules_file ${rules};`;
      return nginx(dir, 'crs', `load_module ${modsecurityModule};`, `${inForce} ${forwarding(port, upstream)}`);
    },
  },
  {
    name: 'HAProxy',
    missing: isInstalled('haproxy') ? null : 'haproxy is not installed',
    command: (dir, port, upstream) => {
      const file = join(dir, 'haproxy.cfg');
      const timeouts = ['connect 5s', 'client 60s', 'server 60s'].map((one) => `  timeout ${one}\n`).join('');
      writeFileSync(
        file,
        `global\n  nbthread 1\n  maxconn 4096\ndefaults\n  mode http\n  option http-keep-alive\n${timeouts}` +
          `frontend in\n  bind 127.0.0.1:${port}\n  default_backend out\nbackend out\n  http-reuse always\n  server one 127.0.0.1:${upstream}\n`,
      );
      return ['haproxy', '-db', '-f', file];
    },
  },
];

/** Debian's rules at paranoia level 1, with the methods of a REST API and the match limit that the CRS asks for. */
function coreRuleSet(): string {
  const files = readdirSync(coreRules)
    .filter((name) => name.endsWith('.conf'))
    .sort();
  return [
    'SecRuleEngine On',
    'SecAuditEngine Off',
    'SecRequestBodyAccess On',
    'SecResponseBodyAccess Off',
    'SecRequestBodyLimit 10485760',
    'SecRequestBodyNoFilesLimit 1048576',
    `SecPcreMatchLimit ${MATCHES_MAX}`,
    `SecPcreMatchLimitRecursion ${MATCHES_MAX}`,
    'SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:1,phase:1,pass,nolog,t:none,t:lowercase,ctl:requestBodyProcessor=JSON"',
    `Include ${coreRulesSetup}`,
    `SecAction "id:2,phase:1,pass,nolog,t:none,setvar:'tx.allowed_methods=GET HEAD POST PUT PATCH DELETE OPTIONS'"`,
    ...files.map((name) => `Include ${join(coreRules, name)}`),
    '',
  ].join('\n');
}

function forwarding(port: number, upstream: number): string {
  return `upstream service { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 100000000; }
    server { listen 127.0.0.1:${port}; location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; } }`;
}

/** One process, so that its own CPU time is all of it. */
function nginx(dir: string, name: string, main: string, http: string): readonly string[] {
  const file = join(dir, `${name}.conf`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${dir}/${name}-${kind};`)
    .join(' ');
  writeFileSync(
    file,
    `${main} daemon off; master_process off; pid ${dir}/${name}.pid; error_log ${dir}/${name}.log crit; events { worker_connections 4096; }
    http { access_log off; keepalive_requests 100000000; client_body_buffer_size 64k; ${temporary} ${http} }\n`,
  );
  return ['nginx', '-c', file, '-p', dir, '-e', join(dir, `${name}.log`)];
}
