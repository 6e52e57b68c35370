/** How the guards are: who runs, by which policy, behind which doors, and everything that was lost or let through unseen. */
import type { GuardStatus } from '../api.ts';
import { ago, bytes, count, moment, plural } from '../format.ts';
import { CopyBlock } from './copy-block.tsx';
import { LevelMark } from './mark.tsx';
import { Empty } from './problem.tsx';

export function GuardStrip({
  status,
  inForce,
}: {
  status: GuardStatus /** Version the workspace has in force. */;
  inForce: string | undefined;
}) {
  const { totals, alive, workers, policyVersions, doors } = status;
  const lost = totals.lostDecisions + totals.lostObservations;
  const other = inForce !== undefined && alive > 0 && policyVersions.some((version) => version !== inForce);
  const newest = workers[0];
  return (
    <details className="guard-strip">
      <summary>
        <span className="guard-line">
          <LevelMark level={alive > 0 ? (lost > 0 || totals.failOpen > 0 ? 'doubt' : 'ok') : 'blind'} />
          <strong>
            {alive > 0
              ? `${plural(alive, 'worker')} on guard`
              : newest === undefined
                ? 'No guard was ever heard'
                : `No guard is heard; the last one ${ago(newest.heardMs)}`}
          </strong>
          {alive > 0 ? (
            <>
              <span>policy {policyVersions.join(' and ')}</span>
              <span>{doors.length === 0 ? 'no door open' : doors.join(', ')}</span>
            </>
          ) : null}
          <span>{lost === 0 ? 'nothing lost' : `${count(lost)} lost`}</span>
          <span>{totals.spoolBytes === 0 ? 'spool empty' : `${bytes(totals.spoolBytes)} in the spool`}</span>
          <span>{totals.failOpen === 0 ? 'never failed open' : `failed open ${plural(totals.failOpen, 'time')}`}</span>
        </span>
      </summary>
      {other ? (
        <p className="prose small">
          The workspace has policy {inForce} in force; a guard that runs by another was started with a file, or follows in a moment.
        </p>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className="scroll-x" tabIndex={0} aria-label="Workers of the guard">
        <table className="plain-table">
          <caption>
            Each worker since its start. Lost = evidence dropped by a full queue, counted; the decisions themselves were made.
          </caption>
          <thead>
            <tr>
              <th scope="col">Worker</th>
              <th scope="col">Heard</th>
              <th scope="col">Policy</th>
              <th scope="col">Doors</th>
              <th scope="col" className="number">
                Requests
              </th>
              <th scope="col" className="number">
                Blocked
              </th>
              <th scope="col" className="number">
                Would be
              </th>
              <th scope="col" className="number" title="Connections that never became a request, or were cut off">
                Cut off
              </th>
              <th scope="col" className="number" title="Identical decisions that share one record">
                Folded
              </th>
              <th scope="col" className="number">
                Failed open
              </th>
              <th scope="col" className="number">
                Decisions lost
              </th>
              <th scope="col" className="number">
                Exchanges lost
              </th>
              <th scope="col" className="number">
                Spool
              </th>
            </tr>
          </thead>
          <tbody>
            {workers.slice(0, 50).map((worker) => (
              <tr key={worker.id}>
                <th scope="row" className="mono">
                  {worker.id}
                </th>
                <td className="nowrap" title={moment(worker.heardMs)}>
                  {worker.isAlive ? 'now' : ago(worker.heardMs)}
                </td>
                <td className="mono">{worker.policyVersion}</td>
                <td>{worker.doors.join(', ')}</td>
                <td className="number">{count(worker.requests)}</td>
                <td className="number">{count(worker.blocked)}</td>
                <td className="number">{count(worker.wouldBlock)}</td>
                <td className="number">{count(worker.faults)}</td>
                <td className="number">{count(worker.folded)}</td>
                <td className="number">{count(worker.failOpen)}</td>
                <td className="number">{count(worker.lostDecisions)}</td>
                <td className="number">{count(worker.lostObservations)}</td>
                <td className="number nowrap">{bytes(worker.spoolBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {workers.length > 50 ? <p className="quiet-text small">and {plural(workers.length - 50, 'earlier worker')}</p> : null}
      </section>
    </details>
  );
}

/** Without a guard there is nothing to see, which is not the same as nothing happening. */
export function NoGuard() {
  return (
    <Empty title="No guard was ever heard in this workspace.">
      <p className="prose">
        Nothing is known of attacks, limits or refusals here. That is not the same as nothing happening: somebody has to stand in the path
        of traffic, or beside the gateway that does. Start a guard in front of your service:
      </p>
      <CopyBlock label="Start a guard" text="stance guard --upstream http://127.0.0.1:8080 --listen 127.0.0.1:7788 --mode log" />
      <p className="prose">Or this page and a guard in one process:</p>
      <CopyBlock label="Start both" text="stance up --upstream http://127.0.0.1:8080 --guard-mode log" />
      <p className="prose">
        In mode log it writes down what it would refuse and refuses nobody. <code>--doors</code> also answers nginx, Caddy, Envoy and
        HAProxy that stand in front already.
      </p>
    </Empty>
  );
}
