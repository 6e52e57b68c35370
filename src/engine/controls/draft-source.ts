/** Drafts that connect a source: the command to run, and what the gateway must write so that Stance can judge. */
import type { Connector, Draft, Facts } from './control.ts';
import { isSpecification } from './standing.ts';

/** In the order in which they are worth connecting. */
export const connectors: readonly Connector[] = [
  'traffic',
  'live-traffic',
  'specification',
  'gateway',
  'credentials',
  'ownership',
  'bodies',
];

export function connectDraft(connector: Connector, facts: Facts): Draft {
  const log = facts.sources.find((one) => one.kind === 'traffic')?.name ?? '/var/log/nginx/access.log';
  switch (connector) {
    case 'traffic':
      return shell(
        'stance import /var/log/nginx/access.log            # a file, a folder, or a glob; .gz and .zst too\n# or a recording from the browser:   stance import recording.har\n# or spans:                          point OTLP/HTTP at http://127.0.0.1:4318/v1/traces while `stance up` runs',
      );
    case 'live-traffic':
      return shell(`stance import --follow ${quote(log)}   # keeps reading as the log grows and rotates`);
    case 'specification':
      return shell('stance import specs/                               # every OpenAPI or Postman file in the folder');
    case 'gateway':
      return shell(
        'stance import /etc/nginx/nginx.conf                 # or kong.yaml, Kubernetes Ingress, Gateway API, Envoy, Traefik, APISIX',
      );
    case 'bodies':
      return shell(
        'stance import recording.har                         # saved from the network tab of a browser, with contents; bodies are reduced to field names',
      );
    case 'ownership':
      return shell('stance import .github/CODEOWNERS                    # or write `owner:` for each API in stance.yaml');
    case 'credentials':
      return {
        language: 'nginx',
        file: 'nginx.conf',
        text: `# Writes how callers sign in, never with what: the secret itself does not reach the log.
map $http_authorization $credential_kind {
    default     "other masked";
    ""          "";
    "~*^bearer" "Bearer masked";
    "~*^basic"  "Basic masked";
}
map $http_cookie $cookie_kind {
    default                          "";
    "~*(sess|sid|auth|token|jwt)[^=;]*=" "session=masked";
}
log_format stance escape=json '{"time":"$time_iso8601","remote_addr":"$remote_addr","scheme":"$scheme",'
    '"request":{"method":"$request_method","uri":"$request_uri","host":"$host",'
    '"headers":{"authorization":"$credential_kind","cookie":"$cookie_kind"}},'
    '"status":$status,"request_time":$request_time}';
access_log /var/log/nginx/stance.log stance;
# then: stance import --follow /var/log/nginx/stance.log
`,
        safety: 'It adds a second log file; the request path does not change. Test with `nginx -t` before reloading.',
      };
  }
}

function shell(text: string): Draft {
  return {
    language: 'shell',
    file: null,
    text: `${text}\n`,
    safety: 'It reads files; no traffic is touched and nothing leaves the machine.',
  };
}

export function secondSourceDraft(facts: Facts): Draft {
  const traffic = facts.sources.some((one) => one.kind === 'traffic');
  if (!traffic) return connectDraft('traffic', facts);
  return connectDraft(facts.documents.some((one) => isSpecification(one.format)) ? 'gateway' : 'specification', facts);
}

export function sensorDraft(facts: Facts): Draft {
  return connectDraft(facts.sources.some((one) => one.kind === 'traffic') ? 'live-traffic' : 'traffic', facts);
}

function quote(text: string): string {
  return /^[A-Za-z0-9._/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
