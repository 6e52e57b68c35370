/** Every value of the decisions in view, how often it occurs, and two verbs on each: only this one, or all but this one. */
import { useState } from 'react';
import type { DecisionFacets, DecisionRecord } from '../api.ts';
import { count } from '../format.ts';
import type { Search } from '../search.ts';
import { type Chosen, chosenIn, filtered, type ThreatField, threatFieldLabel, threatFields, valuesOf } from '../threat-filter.ts';
import { Button } from './button.tsx';
import { decisionWord } from './decision-mark.tsx';
import { Icon } from './icon.tsx';

/** Values of one field shown before "more". */
const VALUES_SHOWN = 5;

export type Refine = (change: Record<string, string | undefined>) => void;

export function valueWord(field: ThreatField, value: string): string {
  if (value === '') return field === 'template' ? 'no request was made' : 'not known';
  if (field === 'outcome') return decisionWord[value as DecisionRecord['outcome']] ?? value;
  return value;
}

/** The two verbs, as buttons a keyboard reaches too. */
export function ValueVerbs({ field, value, search, refine }: { field: ThreatField; value: string; search: Search; refine: Refine }) {
  const name = `${threatFieldLabel[field]} ${valueWord(field, value)}`;
  const on = (verb: Chosen['verb']) => valuesOf(search[verb === 'only' ? field : `not.${field}`]).includes(value);
  return (
    <span className="value-verbs">
      {(['only', 'not'] as const).map((verb) => (
        <button
          key={verb}
          type="button"
          className="value-verb"
          aria-pressed={on(verb)}
          aria-label={`${verb === 'only' ? 'Filter' : 'Exclude'}: ${name}`}
          title={`${verb === 'only' ? 'Filter' : 'Exclude'}: ${name}`}
          onClick={() => refine(filtered(search, field, value, verb))}
        >
          <Icon name={verb === 'only' ? 'filter' : 'without'} />
        </button>
      ))}
    </span>
  );
}

/** Without the whole column it stands in: for narrow windows it folds away. */
export function ThreatFacets({ facets, search, refine }: { facets: DecisionFacets; search: Search; refine: Refine }) {
  return (
    <div className="threat-facets">
      {threatFields.map((field) => (
        <Facet key={field} field={field} values={facets[field]} search={search} refine={refine} />
      ))}
    </div>
  );
}

function Facet({
  field,
  values,
  search,
  refine,
}: {
  field: ThreatField;
  values: DecisionFacets[ThreatField];
  search: Search;
  refine: Refine;
}) {
  const [all, setAll] = useState(false);
  if (values.length === 0) return null;
  const most = values.reduce((top, one) => Math.max(top, one.count), 1);
  const shown = all ? values : values.slice(0, VALUES_SHOWN);
  const mono = field !== 'outcome' && field !== 'section';
  return (
    <section>
      <h3>{threatFieldLabel[field]}</h3>
      <ul>
        {shown.map(({ value, count: held }) => (
          <li key={value} className="facet-value">
            <span className={`clip${mono && value !== '' ? ' mono' : ''}`} title={valueWord(field, value)}>
              {valueWord(field, value)}
            </span>
            <span className="quiet-text">{count(held)}</span>
            <ValueVerbs field={field} value={value} search={search} refine={refine} />
            <span className="facet-share" aria-hidden="true">
              <span style={{ width: `${Math.max(1, Math.round((held / most) * 100))}%` }} />
            </span>
          </li>
        ))}
      </ul>
      {values.length > VALUES_SHOWN ? (
        <button type="button" className="link-button small" onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `${count(values.length - VALUES_SHOWN)} more`}
          <span className="visually-hidden"> of {threatFieldLabel[field]}</span>
        </button>
      ) : null}
    </section>
  );
}

export function ThreatChips({ search, refine }: { search: Search; refine: Refine }) {
  const chosen = chosenIn(search);
  if (chosen.length === 0) return null;
  return (
    <div className="chips">
      {chosen.map(({ field, value, verb }) => {
        const words = `${verb === 'not' ? 'not ' : ''}${threatFieldLabel[field].toLowerCase()}: ${valueWord(field, value)}`;
        return (
          <button
            key={`${verb}.${field}.${value}`}
            type="button"
            className={`chip${verb === 'not' ? ' without' : ''}`}
            aria-label={`Remove filter ${words}`}
            onClick={() => refine(filtered(search, field, value, verb))}
          >
            {words} <Icon name="close" />
          </button>
        );
      })}
      <Button
        kind="quiet"
        onPress={() =>
          refine(Object.fromEntries(threatFields.flatMap((field) => [[field, undefined] as const, [`not.${field}`, undefined] as const])))
        }
      >
        Clear
      </Button>
    </div>
  );
}
