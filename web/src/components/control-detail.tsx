/** Behind one control: the rule, why this outcome, each unit with its evidence, what would mend it, what it maps to. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type ControlRow, query, type UnitResult } from '../api.ts';
import { ago, day, duration, plural, points } from '../format.ts';
import { frameworkWord, gradeWord } from '../words.ts';
import { useWorkspace } from '../workspace.ts';
import { EvidenceList } from './evidence-link.tsx';
import { UnitMark } from './mark.tsx';
import { OperationLink } from './operation-link.tsx';
import { ProblemBox } from './problem.tsx';

/** Units shown before "show more"; each operation's name is one small question to the server. */
const UNITS_FIRST = 25;

export function ControlDetail({ row: short, nowMs }: { row: ControlRow; nowMs: number }) {
  const ws = useWorkspace();
  const full = useQuery(query.control(ws, short.id));
  const row = full.data?.id === short.id ? full.data : short;
  const { result } = row;
  const relations = row.mappings.map(({ framework, id, relation }) => `${frameworkWord[framework] ?? framework} ${id} (${relation})`);
  return (
    <div className="control-detail">
      {full.isError ? <ProblemBox error={full.error} onRetry={() => void full.refetch()} /> : null}
      <div className="stack">
        <p className="prose because">{result?.because ?? 'Not assessed yet.'}</p>
        {result?.error ? <p role="alert">Its test failed, so it counts as unknown: {result.error}</p> : null}
      </div>
      <dl className="facts">
        <dt>Passes when</dt>
        <dd>{row.passRule}</dd>
        <dt>Why it matters</dt>
        <dd>{row.intent}</dd>
        <dt>Evidence</dt>
        <dd>
          {row.evidence === null
            ? 'No source can show this yet; it stays unknown, or is attested.'
            : `${row.evidence.text}, good for ${duration(row.evidence.ageHoursMax * 3_600_000)}`}
          {result?.grade ? `; now: ${gradeWord[result.grade] ?? result.grade}` : ''}
        </dd>
        {row.attestation === null ? null : (
          <>
            <dt>May be signed</dt>
            <dd>
              {row.attestation.text}, for {plural(row.attestation.validDays, 'day')}
              {result?.attestedBy ? `; signed by ${result.attestedBy}` : ''}
            </dd>
          </>
        )}
        {result?.goodUntilMs ? (
          <>
            <dt>Good until</dt>
            <dd>{day(result.goodUntilMs)}</dd>
          </>
        ) : null}
        {result?.waivedUntil ? (
          <>
            <dt>Waived until</dt>
            <dd>{result.waivedUntil}; it stays failing for the score</dd>
          </>
        ) : null}
        {result?.notApplicableBecause ? (
          <>
            <dt>Not applicable</dt>
            <dd>{result.notApplicableBecause}</dd>
          </>
        ) : null}
        <dt>To mend</dt>
        <dd>
          {row.remedy.title.replaceAll('{units}', 'the units that fail')}. {row.remedy.text}{' '}
          <span className="quiet-text">
            Effort {row.remedy.effort}. Undo: {row.remedy.undo} Done when: {row.remedy.doneWhen}
          </span>
        </dd>
        {result === null ? null : (
          <>
            <dt>Worth</dt>
            <dd>
              {points(result.points.proven)} evidenced, up to {points(result.points.possible)}, of {points(result.points.max)} points
            </dd>
          </>
        )}
        {row.prerequisites.length === 0 ? null : (
          <>
            <dt>Needs first</dt>
            <dd>{row.prerequisites.join(', ')}</dd>
          </>
        )}
        {relations.length === 0 ? null : (
          <>
            <dt>Maps to</dt>
            <dd>{relations.join('; ')}</dd>
          </>
        )}
      </dl>
      {result === null || result.units.length === 0 ? null : <Units units={result.units} counts={result.unitCounts} nowMs={nowMs} />}
    </div>
  );
}

function Units({
  units,
  counts,
  nowMs,
}: {
  units: readonly UnitResult[];
  counts: { met: number; failing: number; part: number; unknown: number };
  nowMs: number;
}) {
  const [shown, setShown] = useState(UNITS_FIRST);
  const total = counts.met + counts.failing + counts.part + counts.unknown;
  return (
    <div className="scroll-x">
      <table className="plain-table unit-table">
        <caption>
          {plural(total, 'unit')}: {counts.failing} fail, {counts.part} in part, {counts.unknown} unknown, {counts.met} hold
          {total > units.length ? `; the ${units.length} worst are shown` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">Unit</th>
            <th scope="col">State</th>
            <th scope="col">Because</th>
            <th scope="col">Evidence</th>
            <th scope="col" className="number">
              Seen
            </th>
          </tr>
        </thead>
        <tbody>
          {units.slice(0, shown).map((unit) => (
            <tr key={`${unit.unitKind}:${unit.unit}`}>
              <th scope="row">
                <UnitName unit={unit} />
              </th>
              <td>
                <UnitMark state={unit.state} />
              </td>
              <td className="because-cell">{unit.because}</td>
              <td>
                <EvidenceList references={unit.evidence} max={3} />
              </td>
              <td className="number nowrap">{unit.observedMs === null ? '–' : ago(unit.observedMs, nowMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {units.length > shown ? (
        <button type="button" className="link-button" onClick={() => setShown(units.length)}>
          Show {units.length - shown} more
        </button>
      ) : null}
    </div>
  );
}

function UnitName({ unit }: { unit: UnitResult }) {
  if (unit.unitKind === 'operation') {
    return <OperationLink id={unit.unit} />;
  }
  if (unit.unitKind === 'service') {
    return (
      <Link to="/apis/$service" params={{ service: unit.unit }}>
        {unit.unit}
      </Link>
    );
  }
  return <span className="break">{unit.unit}</span>;
}
