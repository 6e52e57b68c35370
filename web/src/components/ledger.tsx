/** Every movement of the score, grouped by cause: what you did is kept apart from time, evidence and the ruler. */
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { LedgerLine } from '../api.ts';
import { age, dayShort, signed } from '../format.ts';
import { causeWord } from '../words.ts';

const order = ['you', 'evidence', 'time', 'ruler'] as const;
const SHOWN = 4;

/** When this browser last left the ledger, so that what is new since then can be marked; 0 = never. */
function useLastLook(): number {
  const [last] = useState(() => {
    try {
      return Number(localStorage.getItem('stance.ledger-seen') ?? '0') || 0;
    } catch {
      return 0;
    }
  });
  useEffect(
    () => () => {
      try {
        localStorage.setItem('stance.ledger-seen', String(Date.now()));
      } catch {
        // Without storage every line looks seen.
      }
    },
    [],
  );
  return last;
}

export function Ledger({ lines }: { lines: readonly LedgerLine[] }) {
  const last = useLastLook();
  const [all, setAll] = useState<ReadonlySet<string>>(new Set());
  if (lines.length === 0) return <p className="quiet-text">No movement yet. Each later one gets a line with its cause.</p>;
  return (
    <div className="ledger">
      {last > 0 ? <p className="quiet-text small">Marked lines are new since you last looked ({age(last)} ago).</p> : null}
      {order.map((cause) => {
        // What moved the score most comes first; lines that only tell of a change without points come last.
        const of = lines.filter((line) => line.cause === cause).toSorted((a, b) => moved(b) - moved(a));
        if (of.length === 0) return null;
        const sum = of.reduce((total, { deltaProven }) => total + deltaProven, 0);
        const shown = all.has(cause) ? of : of.slice(0, SHOWN);
        return (
          <section key={cause}>
            <h3>
              <span className="ledger-sum">{signed(sum)}</span> {causeWord[cause]}
            </h3>
            <ul>
              {shown.map((line) => (
                <li key={`${line.atMs}:${line.control}:${line.text}`} className={last > 0 && line.atMs > last ? 'fresh' : ''}>
                  <span className="ledger-delta" title={`possible ${signed(line.deltaPossible)}`}>
                    {signed(line.deltaProven)}
                  </span>
                  <span className="ledger-text">{line.text}</span>
                  <Link to="/controls" search={{ open: line.control }} className="nowrap">
                    {line.control}
                  </Link>
                  <span className="quiet-text nowrap">{dayShort(line.atMs)}</span>
                </li>
              ))}
            </ul>
            {of.length > SHOWN && !all.has(cause) ? (
              <button type="button" className="button quiet" onClick={() => setAll(new Set([...all, cause]))}>
                {of.length - SHOWN} more
              </button>
            ) : null}
          </section>
        );
      })}
    </div>
  );
}

function moved(line: LedgerLine): number {
  return Math.abs(line.deltaProven) + Math.abs(line.deltaPossible) / 1000;
}
