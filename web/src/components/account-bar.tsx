/** seen = read + folded + excluded + malformed, drawn and written out: nothing is dropped silently. */
import type { SourceAccount } from '../api.ts';
import { count, percent } from '../format.ts';
import { reasonWord } from '../words.ts';

export function AccountBar({ account }: { account: SourceAccount }) {
  const sum = (reasons: Readonly<Record<string, number>>) => Object.values(reasons).reduce((total, one) => total + one, 0);
  const parts = [
    ['read', account.read],
    ['folded', sum(account.folded)],
    ['excluded', sum(account.excluded)],
    ['malformed', account.malformed],
  ] as const;
  const total = Math.max(account.seen, 1);
  return (
    <div className="account">
      <div className="account-bar" aria-hidden="true">
        {parts.map(([name, value]) =>
          value === 0 ? null : <span key={name} className={`account-${name}`} style={{ flexGrow: value / total }} />,
        )}
      </div>
      <p className="account-words">
        <span>{count(account.seen)} seen</span>
        {parts.map(([name, value]) => (
          <span key={name} className={value === 0 ? 'quiet-text' : ''}>
            <i className={`key account-${name}`} aria-hidden="true" />
            {count(value)} {name}
            {value > 0 && name !== 'read' ? ` (${percent(value / total)})` : ''}
          </span>
        ))}
      </p>
    </div>
  );
}

export function ReasonTable({ title, reasons }: { title: string; reasons: Readonly<Record<string, number>> }) {
  const rows = Object.entries(reasons).sort((a, b) => b[1] - a[1]);
  if (rows.length === 0) return null;
  return (
    <table className="plain-table small-table">
      <caption>{title}</caption>
      <tbody>
        {rows.map(([reason, value]) => (
          <tr key={reason}>
            <th scope="row">{reasonWord[reason] ?? reason}</th>
            <td className="number">{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
