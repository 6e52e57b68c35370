/** One decision taken apart: what was objected to, which level of the policy let it refuse, what it rests on, how to undo it. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type DecisionExplanation, type DecisionRecord, query } from '../api.ts';
import { count, moment } from '../format.ts';
import type { Search } from '../search.ts';
import { type ThreatField, threatFieldLabel } from '../threat-filter.ts';
import { CopyBlock } from './copy-block.tsx';
import { DecisionMark, ModeMark, modeMeaning } from './decision-mark.tsx';
import { EvidenceLink } from './evidence-link.tsx';
import { Overlay } from './overlay.tsx';
import { Empty, Loaded, problemOf } from './problem.tsx';
import { type Refine, ValueVerbs, valueWord } from './threat-facets.tsx';

export function DecisionPanel({ ws, incident, search, refine }: { ws: string; incident: string; search: Search; refine: Refine }) {
  const navigate = useNavigate();
  const why = useQuery(query.explanation(ws, incident));
  const close = () => void navigate({ to: '.', search: (before) => ({ ...before, open: undefined }), resetScroll: false });
  const gone = why.isError && problemOf(why.error).status === 404;
  // Another decision may stand in while this one loads; it must not be shown under this number.
  const data = why.data?.decision.incident === incident ? why.data : undefined;
  return (
    <Overlay title={`Incident ${incident}`} isOpen onClose={close} place="panel">
      {gone ? (
        <Empty title={`No decision is kept under ${incident}.`}>
          <p className="prose">
            Identical decisions of a flood share one record, and records are kept for 30 days. Look for it by client, rule and time. A
            number begins with S- and is in the refusal that the caller got.
          </p>
        </Empty>
      ) : (
        <Loaded from={{ ...why, data } as typeof why}>{(shown) => <Shown why={shown} search={search} refine={refine} />}</Loaded>
      )}
    </Overlay>
  );
}

function Shown({ why, search, refine }: { why: DecisionExplanation; search: Search; refine: Refine }) {
  const { decision, mode, undo } = why;
  return (
    <>
      <p className="decision-head">
        <DecisionMark outcome={decision.outcome} /> <span>{decision.reason}</span>
      </p>
      {decision.count > 1 ? (
        <p className="note">
          This record stands for <strong>{count(decision.count)}</strong> decisions alike: a flood is folded together, counted in full, and
          shown once. Their callers were given numbers of their own, which are not kept.
        </p>
      ) : null}
      <section>
        <h3>Who and what</h3>
        <dl className="facts value-facts">
          <Row field="rule" value={decision.rule} search={search} refine={refine} />
          {decision.alsoRules.length === 0 ? null : (
            <>
              <dt>Also objected</dt>
              <dd className="mono">{decision.alsoRules.join(', ')}</dd>
            </>
          )}
          <dt>Where in the request</dt>
          <dd className={decision.place === null ? '' : 'mono'}>{decision.place ?? 'the request as a whole'}</dd>
          <Row field="method" value={decision.method} search={search} refine={refine} />
          <Row field="template" value={decision.template} search={search} refine={refine} />
          <Row field="service" value={decision.service} search={search} refine={refine} />
          <Row field="host" value={decision.host} search={search} refine={refine} />
          <Row field="network" value={decision.network} search={search} refine={refine} />
          <Row field="client" value={decision.client} search={search} refine={refine} />
          <Row field="principal" value={decision.principal} search={search} refine={refine} />
          <Row field="agent" value={decision.agent} search={search} refine={refine} />
          <Row field="status" value={decision.status === null ? '' : String(decision.status)} search={search} refine={refine} />
          <dt>When</dt>
          <dd>{moment(decision.atMs)}</dd>
          <dt>Evidence</dt>
          <dd>
            <EvidenceLink reference={`decision:${decision.incident}`} />{' '}
            <span className="quiet-text">masked from the start: no value of the request is kept</span>
          </dd>
        </dl>
      </section>
      <section>
        <h3>
          Why it {decision.outcome === 'block' ? 'was refused' : decision.outcome === 'allow' ? 'was let through' : 'was only written down'}
        </h3>
        <p className="prose">{verdict(decision, why)}</p>
        <Levels why={why} />
        {why.because === null ? null : (
          <p className="prose">
            The policy says of <code>{decision.rule}</code>: {why.because}
          </p>
        )}
        <p className="quiet-text small">
          Policy {decision.policyVersion}.{' '}
          {why.routes.length === 0 ? 'No route of it matches, so its defaults hold.' : `Routes that match: ${why.routes.join(', then ')}.`}
          {why.isPolicyKept ? '' : ' That version is no longer kept: the levels shown are those of the policy in force now.'}
        </p>
      </section>
      <section>
        <h3>Undo</h3>
        {undo === null ? (
          <p className="prose">
            No exception of one line lifts this: what the check <strong>{mode.section}</strong> refuses is changed where its setting stands,
            or by an allow-list entry for who was refused.{' '}
            <Link to="/threats" search={{ tab: 'policy' }}>
              Open the policy
            </Link>
          </p>
        ) : (
          <>
            <p className="prose">
              {undo.title}. It holds for this place only; everywhere else the check stays as it is. Put it into the policy, where it is
              replayed before it is applied.
            </p>
            <CopyBlock text={undo.yaml} label="Exception for the policy" />
            <p>
              <Link to="/threats" search={{ tab: 'policy', edit: decision.incident }} className="button">
                Add it to the policy and replay
              </Link>
            </p>
          </>
        )}
      </section>
    </>
  );
}

/** From what was decided and by which level; nothing is judged here. */
function verdict(decision: DecisionRecord, { mode }: DecisionExplanation): string {
  if (decision.allowedBy !== null)
    return `The allow-list entry ${decision.allowedBy} let it pass in spite of the objection: allow-lists always win.`;
  if (mode.decidedBy === null) return `Nothing lowers the check ${mode.section} here: it ${modeMeaning[mode.mode]}.`;
  return `${mode.decidedBy} says ${mode.mode} for the check ${mode.section}: it ${modeMeaning[mode.mode]}. A level can only lower what stands above it.`;
}

function Levels({ why: { mode, decision } }: { why: DecisionExplanation }) {
  return (
    <ol className="levels" aria-label="Levels of the policy, the widest first">
      {mode.levels.map(({ level, mode: one }) => (
        <li key={level} className={level === mode.decidedBy ? 'decides' : ''}>
          <code>{level}</code>
          <ModeMark mode={one} />
          {level === mode.decidedBy ? <span className="quiet-text">decides</span> : null}
        </li>
      ))}
      <li className="result">
        <span>
          check <strong>{decision.section}</strong>
        </span>
        <ModeMark mode={mode.mode} />
        <span className="quiet-text">the weakest of them</span>
      </li>
    </ol>
  );
}

function Row({ field, value, search, refine }: { field: ThreatField; value: string | null; search: Search; refine: Refine }) {
  const known = value ?? '';
  return (
    <>
      <dt>{threatFieldLabel[field]}</dt>
      <dd className="value-row">
        <span className={known === '' ? 'quiet-text' : 'mono break'}>{valueWord(field, known)}</span>
        <ValueVerbs field={field} value={known} search={search} refine={refine} />
      </dd>
    </>
  );
}
