/** Recorded exchanges, masked: when, status, how long, how big, who (a keyed print), which line of which source. */
import type { ExchangeRow } from '../api.ts';
import { bytes, duration, moment } from '../format.ts';
import { authWord } from '../words.ts';

export function ExchangeTable({ rows, caption }: { rows: readonly ExchangeRow[]; caption: string }) {
  if (rows.length === 0) return <p className="quiet-text">No exchange is kept (raw records rest 30 days; counts stay).</p>;
  return (
    <div className="scroll-x">
      <table className="plain-table">
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="number">
              Status
            </th>
            <th scope="col">Credential</th>
            <th scope="col">Caller</th>
            <th scope="col">Agent</th>
            <th scope="col" className="number">
              Took
            </th>
            <th scope="col" className="number">
              Size
            </th>
            <th scope="col">Source line</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.sourceId}:${row.line}`}>
              <td className="nowrap">{moment(row.atMs)}</td>
              <td className="number">{row.status ?? '–'}</td>
              <td>{authWord[row.auth] ?? row.auth}</td>
              <td className="mono">{masked(row.principal ?? row.client)}</td>
              <td>{row.agent ?? '–'}</td>
              <td className="number nowrap">{row.durationMs === null ? '–' : duration(row.durationMs)}</td>
              <td className="number nowrap">{row.responseBytes === null ? '–' : bytes(row.responseBytes)}</td>
              <td className="mono nowrap">
                {row.sourceId}:{row.line}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function masked(print: string | null): string {
  return print === null ? '–' : `…${print.slice(-6)}`;
}
