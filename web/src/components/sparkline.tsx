/** Calls a day as steps from zero; the least and the most are in its title, because a line without a scale says little. */
import { memo } from 'react';
import { short } from '../format.ts';

const WIDTH = 64;
const HEIGHT = 16;

export const Sparkline = memo(function Sparkline({ daily: days }: { daily: readonly number[] }) {
  // Days before the first call are not zeros: nobody knows what was there.
  const firstAt = Math.max(
    0,
    days.findIndex((calls) => calls > 0),
  );
  const daily = days.slice(firstAt);
  const most = Math.max(...daily, 0);
  if (days.length < 2 || most === 0) return <span className="spark" style={{ width: WIDTH }} />;
  const width = WIDTH / days.length;
  const left = firstAt * width;
  const y = (value: number) => (HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1);
  const line = daily
    .map((value, at) => `${at === 0 ? `M${left.toFixed(1)} ` : 'V'}${y(value)}H${(left + (at + 1) * width).toFixed(1)}`)
    .join('');
  const words = `${daily.length === 1 ? '1 day' : `${daily.length} days`}: least ${short(Math.min(...daily))}, most ${short(most)} a day`;
  return (
    <svg className="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words}>
      <title>{words}</title>
      <path className="fill" d={`${line}V${HEIGHT}H${left.toFixed(1)}Z`} />
      <path d={line} />
    </svg>
  );
});
