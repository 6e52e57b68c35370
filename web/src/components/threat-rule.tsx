/** "Make rule from this filter": the rule as text in log mode, what it would have done, and putting it in force as a rule that logs. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type RuleFromFilter, request, within } from '../api.ts';
import { plural } from '../format.ts';
import { CopyBlock } from './copy-block.tsx';
import { Overlay } from './overlay.tsx';
import { ApplyPolicy } from './policy-apply.tsx';
import { ReplayResult } from './policy-replay.tsx';
import { ProblemBox } from './problem.tsx';
import { Waiting } from './waiting.tsx';

/** @param filter as `threatQuery` makes it */
export function ThreatRule({ ws, filter }: { ws: string; filter: string }) {
  const navigate = useNavigate();
  const close = () => void navigate({ to: '.', search: (before) => ({ ...before, make: undefined }), resetScroll: false });
  const made = useQuery({
    queryKey: ['ws', ws, `/policy/rule-from-filter${filter}`],
    // Changes nothing on the server: it is a question with a long answer.
    queryFn: ({ signal }) => request<RuleFromFilter>(within(ws, `/policy/rule-from-filter${filter}`), { method: 'POST', body: {}, signal }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Overlay title="Rule from this filter" isOpen onClose={close} place="panel">
      {made.isPending ? <Waiting what="Replaying the traffic that is kept" /> : null}
      {made.isError ? <ProblemBox error={made.error} onRetry={() => void made.refetch()} /> : null}
      {made.data === undefined ? null : <Made ws={ws} rule={made.data} />}
    </Overlay>
  );
}

function Made({ ws, rule }: { ws: string; rule: RuleFromFilter }) {
  return (
    <>
      <p className="prose">
        Made of {plural(rule.seen.requests, 'decision')} in view, kept as {plural(rule.seen.records, 'record')}. The rule begins in log
        mode: it writes down whom it would refuse, and refuses nobody.
      </p>
      <CopyBlock text={rule.yaml} label="Rule for the policy" />
      {rule.leftOut.length === 0 ? null : (
        <div className="note unknown-note">
          <p>
            <strong>What a rule cannot say</strong> of this filter:
          </p>
          <ul>
            {rule.leftOut.map(({ field, because }) => (
              <li key={field}>
                <code>{field}</code>: {because}
              </li>
            ))}
          </ul>
        </div>
      )}
      <h3>Whom it would have stopped</h3>
      {rule.replay === null ? <p>Nothing was replayed.</p> : <ReplayResult report={rule.replay} only={`rules.${rule.id}`} />}
      <ApplyPolicy ws={ws} text={rule.policy} label="Apply in log mode" proof={null} />
      <p>
        <Link to="/threats" search={{ tab: 'policy' }}>
          The policy and its versions
        </Link>
      </p>
    </>
  );
}
