/**
 * One operation, four witnesses: what the spec says, what traffic shows, what the docs say, what the gateway enforces.
 * A witness that is missing is said to be missing; it is not a failure. Each cell carries where it comes from.
 */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Operation, OperationDetail } from '../api.ts';
import { age, ago, count, day, percent, plural, short } from '../format.ts';
import { authWord, stateMeaning } from '../words.ts';
import { EvidenceLink } from './evidence-link.tsx';

const gatewayFormats = /nginx|kong|ingress|gateway|envoy|traefik|apisix/;

const dash = <span className="quiet-text">–</span>;

/** Words for what one document demands: nothing said, open to anyone, or the ways in. */
export function securityText(security: Operation['auth']['declared']): string {
  if (security === null) return 'says nothing';
  if (security.length === 0 || security.some(({ schemes }) => schemes.length === 0))
    return security.length > 1 ? 'optional' : 'open to anyone';
  return security.map(({ schemes }) => schemes.map(({ kind, name }) => (kind === 'http' ? name : kind)).join(' + ')).join(' or ');
}

export function authSeenText(auth: Operation['auth']): string {
  const seen = Object.entries(auth.seen)
    .filter(([, calls]) => calls > 0)
    .sort((a, b) => b[1] - a[1]);
  const total = seen.reduce((sum, [, calls]) => sum + calls, 0);
  return seen
    .map(([kind, calls]) => (seen.length === 1 ? (authWord[kind] ?? kind) : `${authWord[kind] ?? kind} ${percent(calls / total)}`))
    .join(', ');
}

function windowText(seconds: number): string {
  return seconds === 1 ? 'second' : seconds === 60 ? 'minute' : seconds === 3600 ? 'hour' : seconds === 86_400 ? 'day' : `${seconds} s`;
}

export function SourceMatrix({ detail, nowMs }: { detail: OperationDetail; nowMs: number }) {
  const { operation } = detail;
  const { traffic, auth, limit, fieldsDeclared, fieldsSeen } = operation;
  const specs = operation.declared.filter(({ format }) => !gatewayFormats.test(format));
  const gateways = operation.declared.filter(({ format }) => gatewayFormats.test(format));
  const spec = specs[0];
  const gateway = gateways[0];
  const gaps = (between: 'spec' | 'traffic' | 'docs' | 'gateway', pattern: RegExp) =>
    operation.drift.some((drift) => drift.between.includes(between) && pattern.test(drift.kind));
  const undeclared = (fieldsSeen?.response ?? []).filter(({ path }) => !fieldsDeclared.response.some((field) => field.path === path));
  const limited = traffic === null ? 0 : (traffic.statusMix['429'] ?? 0);
  const noSpec = <span className="missing">no spec attached</span>;
  const noTraffic = <span className="missing">no traffic seen</span>;
  const noDocs = <span className="missing">no docs known</span>;
  const noGateway = <span className="missing">no gateway config</span>;
  const rows: readonly {
    readonly name: string;
    readonly cells: readonly [ReactNode, ReactNode, ReactNode, ReactNode];
    readonly odd: readonly boolean[];
  }[] = [
    {
      name: 'exists',
      cells: [
        spec === undefined ? (
          specs.length === 0 ? (
            noSpec
          ) : (
            dash
          )
        ) : (
          <>
            declared{operation.deprecated ? ', deprecated' : ''}
            {operation.sunset === null ? '' : `, sunset ${operation.sunset}`}
          </>
        ),
        traffic === null ? noTraffic : <>called since {day(traffic.firstMs)}</>,
        operation.docsUrl ?? noDocs,
        gateway === undefined ? noGateway : 'routed',
      ],
      odd: [operation.state === 'shadow', operation.state === 'zombie', gaps('docs', /docs/), gaps('gateway', /not-routed/)],
    },
    {
      name: 'authentication',
      cells: [
        spec === undefined ? dash : securityText(auth.declared),
        traffic === null ? (
          dash
        ) : auth.judged === 0 ? (
          'not visible to this source'
        ) : (
          <>
            {authSeenText(auth)}
            {auth.okJudged > 0 ? (
              <span className="cell-note">
                {count(auth.okWithout)} of {count(auth.okJudged)} answered 2xx without any
              </span>
            ) : null}
          </>
        ),
        dash,
        gateway === undefined ? dash : spec === undefined ? securityText(auth.declared) : 'see the document',
      ],
      odd: [gaps('spec', /auth/), gaps('traffic', /auth/), false, gaps('gateway', /auth/)],
    },
    {
      name: 'response fields',
      cells: [
        spec === undefined
          ? dash
          : fieldsDeclared.response.length === 0
            ? 'none declared'
            : plural(fieldsDeclared.response.length, 'field'),
        fieldsSeen === null ? (
          traffic === null ? (
            dash
          ) : (
            'bodies not visible'
          )
        ) : (
          <>
            {plural(fieldsSeen.response.length, 'field')}
            {undeclared.length === 0 || spec === undefined ? null : (
              <span className="cell-note">{plural(undeclared.length, 'field')} not in the spec</span>
            )}
          </>
        ),
        dash,
        dash,
      ],
      odd: [false, gaps('traffic', /field/), false, false],
    },
    {
      name: 'rate limit',
      cells: [
        limit !== null && limit.from === 'spec' ? limitText(limit.value) : spec === undefined ? dash : 'says nothing',
        traffic === null ? (
          dash
        ) : traffic.peakPerCallerMinute === null ? (
          'callers cannot be told apart'
        ) : (
          <>
            most {short(traffic.peakPerCallerMinute)} a minute by one caller
            {limited > 0 ? <span className="cell-note">{count(limited)} answered 429</span> : null}
          </>
        ),
        dash,
        limit !== null && limit.from !== 'spec' ? limitText(limit.value) : gateway === undefined ? dash : 'none',
      ],
      odd: [false, false, false, gaps('gateway', /limit/) || gaps('traffic', /limit/)],
    },
    {
      name: 'answers',
      cells: [
        spec === undefined ? dash : operation.statusesDeclared.length === 0 ? 'none declared' : operation.statusesDeclared.join(' '),
        traffic === null
          ? dash
          : operation.statusesSeen
              .toSorted((a, b) => a - b)
              .slice(0, 10)
              .join(' '),
        dash,
        dash,
      ],
      odd: [false, gaps('traffic', /status/), false, false],
    },
    {
      name: 'transport',
      cells: [
        dash,
        traffic === null ? dash : operation.plainHttp > 0 ? `${plural(operation.plainHttp, 'call')} over plain HTTP` : 'no plain HTTP seen',
        dash,
        dash,
      ],
      odd: [false, operation.plainHttp > 0, false, false],
    },
  ];
  return (
    <div className="scroll-x">
      <table className="plain-table matrix">
        <caption>
          {operation.state}: {stateMeaning[operation.state]}. Marked cells disagree with another witness.
        </caption>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">Aspect</span>
            </th>
            <Witness title="Spec">
              {spec === undefined ? 'none attached' : <EvidenceLink reference={`document:${spec.document}`} />}
              {spec === undefined ? null : (
                <span className="break">{`${spec.place.file}${spec.place.line === null ? '' : `:${spec.place.line}`}`}</span>
              )}
            </Witness>
            <Witness title="Traffic">
              {traffic === null ? (
                'none seen'
              ) : (
                <>
                  <EvidenceLink reference={`operation:${operation.id}`} />
                  <span title={`last ${ago(traffic.lastMs, nowMs)}`}>
                    n = {count(traffic.count)}, {age(traffic.lastMs, nowMs)} old
                  </span>
                </>
              )}
            </Witness>
            <Witness title="Docs">{operation.docsUrl === null ? 'none known' : 'address only'}</Witness>
            <Witness title="Policy">
              {gateway === undefined ? 'none attached' : <EvidenceLink reference={`document:${gateway.document}`} />}
              {gateway === undefined ? null : (
                <span className="break">{`${gateway.place.file}${gateway.place.line === null ? '' : `:${gateway.place.line}`}`}</span>
              )}
            </Witness>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells, odd }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the four witnesses always stand in this order
                <td key={at} className={odd[at] === true ? 'odd' : ''}>
                  {odd[at] === true ? <span className="odd-mark">disagrees</span> : null}
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {spec === undefined || gateway === undefined ? (
        <p className="quiet-text small attach">
          A missing witness is not a fault. <Link to="/sources">Attach a {spec === undefined ? 'spec' : 'gateway configuration'}</Link> to
          compare.
        </p>
      ) : null}
    </div>
  );
}

function limitText(limit: { readonly requests: number; readonly windowSeconds: number; readonly by: string | null }): string {
  return `${short(limit.requests)} a ${windowText(limit.windowSeconds)}${limit.by === null ? '' : ` by ${limit.by}`}`;
}

function Witness({ title, children }: { title: string; children: ReactNode }) {
  return (
    <th scope="col">
      <span className="witness">{title}</span>
      <span className="witness-from">{children}</span>
    </th>
  );
}
