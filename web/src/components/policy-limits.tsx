/** Limits of a policy as they are written: what is allowed, per what, how hard; and how often each objected in a span. */
import type { ReactNode } from 'react';
import type { PolicySummary } from '../api.ts';
import { count, duration } from '../format.ts';
import { ModeMark } from './decision-mark.tsx';

type Limit = PolicySummary['limits'][number];

export function limitText({ requests, windowSeconds, window }: Limit): string {
  return `${count(requests)} in ${window === 'rolling' ? duration(windowSeconds * 1000) : `a calendar ${window}`}`;
}

export function LimitTable({ limits, hits }: { limits: readonly Limit[]; hits?: (limit: Limit) => ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
    <section className="scroll-x" tabIndex={0} aria-label="Limits">
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Allows</th>
            <th scope="col">Counted by</th>
            <th scope="col">Mode</th>
            {hits === undefined ? null : <th scope="col">Objected in this span</th>}
          </tr>
        </thead>
        <tbody>
          {limits.map((limit) => (
            <tr key={limit.name}>
              <th scope="row" className="mono">
                {limit.name}
              </th>
              <td className="nowrap">{limitText(limit)}</td>
              <td>{limit.by}</td>
              <td>
                <ModeMark mode={limit.mode} />
              </td>
              {hits === undefined ? null : <td>{hits(limit)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
