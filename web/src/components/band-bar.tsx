/** One pillar as a bar of four patterns; each part leads to the controls behind it. Length is points of 100. */
import { Link } from '@tanstack/react-router';
import type { Band, Outcome, Pillar } from '../api.ts';
import { points } from '../format.ts';
import { pillarWord } from '../words.ts';

type Part = 'evidenced' | 'attested' | 'unknown' | 'failing';

const partOutcome: Readonly<Record<Part, Outcome | 'attested'>> = {
  evidenced: 'met',
  attested: 'attested',
  unknown: 'unknown',
  failing: 'failing',
};

export function BandBar({
  pillar,
  band,
}: {
  pillar: Pillar;
  band: Pick<Band, 'proven' | 'possible' | 'attested' | 'unknown' | 'failing'>;
}) {
  const name = pillarWord[pillar];
  const parts: readonly (readonly [Part, number])[] = [
    ['evidenced', band.proven],
    ['attested', band.attested],
    ['unknown', band.unknown],
    ['failing', band.failing],
  ];
  return (
    <div className="pillar">
      <h2>{name}</h2>
      <p className="pillar-number">
        <strong>{points(band.proven)}</strong>
        <span className="quiet-text"> to {points(band.possible)}</span>
      </p>
      <div className="pillar-bar">
        {parts.map(([part, value]) =>
          value < 0.05 ? null : (
            <Link
              key={part}
              to="/controls"
              search={{ pillar, outcome: partOutcome[part] }}
              className={`seg seg-${part}`}
              style={{ flexGrow: value }}
              tabIndex={-1}
              aria-hidden="true"
              title={`${points(value)} points ${part}`}
            >
              {part === 'unknown' && value > 4 ? <span aria-hidden="true">?</span> : null}
            </Link>
          ),
        )}
      </div>
      <p className="pillar-words">
        {parts.map(([part, value]) => (
          <Link
            key={part}
            to="/controls"
            search={{ pillar, outcome: partOutcome[part] }}
            className={value < 0.05 ? 'quiet-text' : ''}
            aria-label={`${points(value)} ${part}, ${name}: show the controls`}
          >
            <i className={`key seg-${part}`} aria-hidden="true" />
            {points(value)} {part}
          </Link>
        ))}
      </p>
    </div>
  );
}
