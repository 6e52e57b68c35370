/** Triage: what is wrong, grouped by rule; four verbs and an owner, each one key. A snooze has a date and a reason. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { type FindingRow, type FindingState, query, refresh, request, within } from '../api.ts';
import { Button } from '../components/button.tsx';
import { EvidenceList } from '../components/evidence-link.tsx';
import { Choose, Field } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { SeverityMark } from '../components/mark.tsx';
import { OperationLink } from '../components/operation-link.tsx';
import { Overlay } from '../components/overlay.tsx';
import { Empty, Loaded, ProblemBox, Skeleton } from '../components/problem.tsx';
import { clock, count, day, plural, zoneName } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import type { Search } from '../search.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/findings');
const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
/** Rows of one rule shown before "show all". */
const GROUP_ROWS = 8;

type State = FindingState['state'];

interface Ask {
  readonly row: FindingRow;
  readonly state: State;
}

const asks: Readonly<Record<State, { title: string; button: string; note: string }>> = {
  open: { title: 'Owner', button: 'Assign', note: 'It stays open.' },
  accepted: {
    title: 'Accept',
    button: 'Accept',
    note: 'It is real and will be worked on. It stays in the score until evidence shows it mended.',
  },
  duplicate: { title: 'Duplicate', button: 'Mark as duplicate', note: 'Say which finding it repeats.' },
  dismissed: { title: 'Dismiss', button: 'Dismiss', note: 'Say why it is wrong or does not matter. It is kept, and can be opened again.' },
  snoozed: { title: 'Snooze', button: 'Snooze', note: 'It wakes on the date, or earlier when it gets worse.' },
};

function groupsOf(rows: readonly FindingRow[]): readonly { readonly rule: string; readonly rows: readonly FindingRow[] }[] {
  const groups = new Map<string, FindingRow[]>();
  for (const row of rows) {
    const group = groups.get(row.rule);
    if (group === undefined) groups.set(row.rule, [row]);
    else group.push(row);
  }
  const worst = (group: readonly FindingRow[]) => Math.min(...group.map(({ severity }) => severities.indexOf(severity)));
  return [...groups]
    .map(([rule, of]) => ({ rule, rows: of.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)) }))
    .sort((a, b) => worst(a.rows) - worst(b.rows) || b.rows.length - a.rows.length || a.rule.localeCompare(b.rule));
}

export function FindingsPage() {
  const ws = useWorkspace();
  const search: Search = route.useSearch();
  const navigate = route.useNavigate();
  const state = search.state ?? 'open';
  const findings = useQuery(
    query.findings(ws, { severity: search.severity, rule: search.rule, text: search.text, state: state === 'all' ? undefined : state }),
  );
  const [ask, setAsk] = useState<Ask | null>(null);
  const [all, setAll] = useState<ReadonlySet<string>>(new Set());
  const table = useRef<HTMLTableElement>(null);
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const rows = findings.data?.rows ?? [];
  const links = () => [...(table.current?.querySelectorAll<HTMLElement>('.expand') ?? [])];
  const step = (by: number) => {
    const buttons = links();
    const at = buttons.findIndex((button) => button.closest('tr') === document.activeElement?.closest('tr'));
    buttons[Math.max(0, Math.min(at + by, buttons.length - 1))]?.focus();
  };
  const verb = (to: State) => () => {
    const id = document.activeElement?.closest('[data-finding]')?.getAttribute('data-finding') ?? search.open;
    const row = rows.find((one) => one.id === id);
    if (row !== undefined) setAsk({ row, state: to });
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    '1': verb('accepted'),
    '2': verb('duplicate'),
    '3': verb('dismissed'),
    h: verb('snoozed'),
    a: verb('open'),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only once the rows are there
  useEffect(() => {
    if (search.open !== undefined)
      document.querySelector(`[data-finding="${CSS.escape(search.open)}"]`)?.scrollIntoView({ block: 'center' });
  }, [findings.data === undefined]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Triage</h1>
        <p className="quiet-text">{findings.data === undefined ? '' : plural(findings.data.total, 'finding')}</p>
        <p className="end quiet-text small wide-only">
          <kbd>1</kbd> accept <kbd>2</kbd> duplicate <kbd>3</kbd> dismiss <kbd>h</kbd> snooze <kbd>a</kbd> assign
        </p>
      </div>
      <div className="tools">
        <input
          type="search"
          aria-label="Search findings"
          placeholder="Words, file or operation  /"
          value={search.text ?? ''}
          onChange={(event) => set({ text: event.target.value === '' ? undefined : event.target.value })}
        />
        <Choose
          label="Severity"
          all="any"
          value={search.severity}
          onChange={(severity) => set({ severity })}
          options={severities.map((one) => [one, one])}
        />
        <Choose
          label="State"
          all="open"
          value={search.state}
          onChange={(one) => set({ state: one })}
          options={[
            ['accepted', 'accepted'],
            ['snoozed', 'snoozed'],
            ['duplicate', 'duplicate'],
            ['dismissed', 'dismissed'],
            ['all', 'all'],
          ]}
        />
        {search.rule === undefined ? null : (
          <button type="button" className="chip" onClick={() => set({ rule: undefined })} aria-label={`Remove filter rule ${search.rule}`}>
            rule: {search.rule} <Icon name="close" />
          </button>
        )}
      </div>
      <Loaded from={findings} skeleton={<Skeleton rows={12} height={44} />}>
        {(data) =>
          data.rows.length === 0 ? (
            <Empty title={`Nothing ${state === 'open' ? 'waiting' : state === 'all' ? 'found' : state}.`}>
              <p>
                Last looked {clock(findings.dataUpdatedAt)} {zoneName()}. Findings come with each import.
              </p>
            </Empty>
          ) : (
            <table ref={table} className="plain-table big-table finding-table">
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col">Severity</th>
                  <th scope="col" className="mid-cell">
                    Where
                  </th>
                  <th scope="col" className="mid-cell">
                    State
                  </th>
                  <th scope="col" className="wide-cell">
                    Owner
                  </th>
                </tr>
              </thead>
              {groupsOf(data.rows).map(({ rule, rows: group }) => {
                const shown = all.has(rule) ? group : group.slice(0, GROUP_ROWS);
                return (
                  <tbody key={rule}>
                    {group.length === 1 ? null : (
                      <tr className="group-row">
                        <th scope="rowgroup" colSpan={5}>
                          <code>{rule}</code> <span className="quiet-text">{plural(group.length, 'finding')}</span>
                        </th>
                      </tr>
                    )}
                    {shown.map((row) => (
                      <Line
                        key={row.id}
                        row={row}
                        alone={group.length === 1}
                        open={search.open === row.id}
                        onOpen={() => set({ open: search.open === row.id ? undefined : row.id })}
                        onVerb={(to) => setAsk({ row, state: to })}
                      />
                    ))}
                    {shown.length < group.length ? (
                      <tr>
                        <td colSpan={5}>
                          <button type="button" className="link-button" onClick={() => setAll(new Set([...all, rule]))}>
                            Show all {count(group.length)}
                          </button>
                        </td>
                      </tr>
                    ) : null}
                  </tbody>
                );
              })}
            </table>
          )
        }
      </Loaded>
      {ask === null ? null : <Decide ws={ws} ask={ask} onClose={() => setAsk(null)} />}
    </div>
  );
}

function Line({
  row,
  alone,
  open,
  onOpen,
  onVerb,
}: {
  row: FindingRow;
  alone: boolean;
  open: boolean;
  onOpen: () => void;
  onVerb: (state: State) => void;
}) {
  const state = row.state?.state ?? 'open';
  const place = row.places[0];
  const where =
    place === undefined ? row.subject : place.file === null ? row.subject : `${place.file}${place.line === null ? '' : `:${place.line}`}`;
  return (
    <>
      <tr data-finding={row.id} className={open ? 'is-open' : ''}>
        <th scope="row">
          <button type="button" className="expand" aria-expanded={open} onClick={onOpen}>
            <Icon name={open ? 'down' : 'right'} />
            <span>
              <span className="control-title">{row.title}</span>
              {alone ? <code className="quiet-text small">{row.rule}</code> : null}
            </span>
          </button>
        </th>
        <td>
          <SeverityMark severity={row.severity} />
        </td>
        <td className="mid-cell mono where">
          {where}
          {row.places.length > 1 ? <span className="quiet-text"> +{row.places.length - 1}</span> : null}
        </td>
        <td className="mid-cell nowrap">
          {state}
          {row.state?.untilMs ? <span className="quiet-text"> until {day(row.state.untilMs)}</span> : null}
        </td>
        <td className="wide-cell">{row.state?.owner ?? <span className="quiet-text">–</span>}</td>
      </tr>
      {open ? (
        <tr className="detail-row" data-finding={row.id}>
          <td colSpan={5}>
            <div className="finding-detail">
              <p className="prose">{row.detail}</p>
              <dl className="facts">
                <dt>To do</dt>
                <dd>{row.fix}</dd>
                <dt>Where</dt>
                <dd>
                  <Places row={row} />
                </dd>
                <dt>Evidence</dt>
                <dd>
                  <EvidenceList references={row.evidence} />
                </dd>
                <dt>Controls</dt>
                <dd>
                  {row.controls.length === 0
                    ? '–'
                    : row.controls.map((control, at) => (
                        <span key={control}>
                          {at > 0 ? ', ' : ''}
                          <Link to="/controls" search={{ open: control }}>
                            {control}
                          </Link>
                        </span>
                      ))}
                </dd>
                {row.state?.reason ? (
                  <>
                    <dt>Said</dt>
                    <dd>{row.state.reason}</dd>
                  </>
                ) : null}
                <dt>Id</dt>
                <dd className="mono">{row.id}</dd>
              </dl>
              <div className="buttons">
                {state === 'open' ? null : <Button onPress={() => onVerb('open')}>Open again</Button>}
                <Button onPress={() => onVerb('accepted')}>
                  Accept <kbd>1</kbd>
                </Button>
                <Button onPress={() => onVerb('duplicate')}>
                  Duplicate <kbd>2</kbd>
                </Button>
                <Button onPress={() => onVerb('dismissed')}>
                  Dismiss <kbd>3</kbd>
                </Button>
                <Button onPress={() => onVerb('snoozed')}>
                  Snooze <kbd>h</kbd>
                </Button>
                <Button onPress={() => onVerb('open')}>
                  Assign <kbd>a</kbd>
                </Button>
              </div>
            </div>
          </td>
        </tr>
      ) : null}
    </>
  );
}

function Places({ row }: { row: FindingRow }) {
  if (row.places.length === 0) return <>{row.subject}</>;
  return (
    <ul>
      {row.places.slice(0, 10).map((place) => (
        <li key={`${place.file}:${place.line}:${place.operation}`} className="break">
          {place.file === null ? null : (
            <code>
              {place.file}
              {place.line === null ? '' : `:${place.line}`}
            </code>
          )}{' '}
          {place.operation === null ? null : <OperationLink id={place.operation} />}
        </li>
      ))}
      {row.places.length > 10 ? <li className="quiet-text">and {row.places.length - 10} more</li> : null}
    </ul>
  );
}

function Decide({ ws, ask, onClose }: { ws: string; ask: Ask; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [owner, setOwner] = useState(ask.row.state?.owner ?? '');
  const [until, setUntil] = useState(() => new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10));
  const { title, button, note } = asks[ask.state];
  const needsReason = ask.state === 'duplicate' || ask.state === 'dismissed' || ask.state === 'snoozed';
  const save = useMutation({
    mutationFn: () =>
      request(within(ws, `/findings/${encodeURIComponent(ask.row.id)}/state`), {
        method: 'POST',
        body: {
          state: ask.state,
          ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
          ...(ask.state === 'snoozed' ? { until: Date.parse(until) } : {}),
          ...(owner.trim() === '' ? {} : { owner: owner.trim() }),
        },
      }),
    onSuccess: async () => {
      await refresh(ws);
      onClose();
    },
  });
  return (
    <Overlay title={title} isOpen onClose={onClose}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <p>
          <strong>{ask.row.title}</strong>
        </p>
        {needsReason ? (
          <Field label="Reason">
            {(id) => (
              <textarea id={id} rows={3} required maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
            )}
          </Field>
        ) : null}
        {ask.state === 'snoozed' ? (
          <Field label="Until">
            {(id) => (
              <input
                id={id}
                type="date"
                required
                min={new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)}
                value={until}
                onChange={(event) => setUntil(event.target.value)}
              />
            )}
          </Field>
        ) : null}
        <Field label={ask.state === 'open' ? 'Team or person' : 'Owner (optional)'}>
          {(id) => <input id={id} type="text" maxLength={120} value={owner} onChange={(event) => setOwner(event.target.value)} />}
        </Field>
        <p className="quiet-text small">{note}</p>
        {save.isError ? <ProblemBox error={save.error} /> : null}
        <div className="buttons">
          <Button kind="main" type="submit" isDisabled={save.isPending}>
            {button}
          </Button>
          <Button onPress={onClose}>Cancel</Button>
        </div>
      </form>
    </Overlay>
  );
}
