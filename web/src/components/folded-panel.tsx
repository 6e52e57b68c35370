/** What was folded away and why: every path is counted, can be looked at, and can be taken back. */
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { type FoldedPath, type InventorySummary, query, queryString, refresh, request, within } from '../api.ts';
import { ago, count, plural } from '../format.ts';
import { reasonWord } from '../words.ts';
import { Button } from './button.tsx';
import { Overlay } from './overlay.tsx';
import { Empty, ProblemBox, Skeleton } from './problem.tsx';

export function FoldedPanel({ ws, summary, reason }: { ws: string; summary: InventorySummary; reason: string | undefined }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const path = `/folded${queryString({ reason, text: wanted })}`;
  const pages = useInfiniteQuery({
    queryKey: ['ws', ws, path, 'rows'],
    queryFn: ({ pageParam, signal }) =>
      request<{ rows: readonly FoldedPath[]; total: number; next: string | null }>(
        within(ws, `/folded${queryString({ reason, text: wanted, after: pageParam, limit: '100' })}`),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
  const close = () =>
    void navigate({ to: '.', search: (before) => ({ ...before, drawer: undefined, reason: undefined }), resetScroll: false });
  const choose = (one: string | undefined) =>
    void navigate({ to: '.', search: (before) => ({ ...before, reason: one }), resetScroll: false });
  const reasons = Object.entries(summary.pathsFolded)
    .filter(([, paths]) => paths > 0)
    .sort((a, b) => b[1] - a[1]);
  const rows = pages.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Overlay title="Folded and excluded paths" isOpen onClose={close} place="panel">
      <p className="prose">
        {count(summary.pathsSeen)} paths seen: {count(summary.pathsInTemplates)} are in templates of operations, the rest is folded for one
        of these reasons. Folding hides a path from the list, never from the count.
      </p>
      <nav className="views" aria-label="Reason">
        <button type="button" className="view" aria-current={reason === undefined} onClick={() => choose(undefined)}>
          all
        </button>
        {reasons.map(([one, paths]) => (
          <button key={one} type="button" className="view" aria-current={reason === one} onClick={() => choose(one)}>
            {reasonWord[one] ?? one} <b>{count(paths)}</b>
          </button>
        ))}
      </nav>
      <input
        type="search"
        aria-label="Part of a path"
        placeholder="Part of a path"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {pages.isError ? <ProblemBox error={pages.error} onRetry={() => void pages.refetch()} /> : null}
      {pages.isPending ? (
        <Skeleton rows={8} />
      ) : rows.length === 0 ? (
        <Empty title="No path is folded here." />
      ) : (
        <div className="scroll-x">
          <table className="plain-table">
            <caption>
              {count(rows.length)} of {count(pages.data?.pages[0]?.total ?? rows.length)} shown
            </caption>
            <thead>
              <tr>
                <th scope="col">Path</th>
                <th scope="col">Reason</th>
                <th scope="col" className="number">
                  Calls
                </th>
                <th scope="col">Answers</th>
                <th scope="col" className="number">
                  Last
                </th>
                <th scope="col">
                  <span className="visually-hidden">Take back</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <FoldedRow key={row.id} ws={ws} row={row} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasNextPage ? (
        <Button isDisabled={pages.isFetchingNextPage} onPress={() => void pages.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </Overlay>
  );
}

function FoldedRow({ ws, row }: { ws: string; row: FoldedPath }) {
  const decisions = useQuery(query.decisions(ws));
  const mine = decisions.data?.rows.find(
    ({ decision }) =>
      decision.kind === 'exclude' &&
      decision.service === row.service &&
      decision.template === row.path &&
      (decision.method === null || decision.method === row.method),
  );
  const takeBack = useMutation({
    mutationFn: () =>
      mine !== undefined
        ? request(within(ws, `/decisions/${mine.id}`), { method: 'DELETE' })
        : request(within(ws, '/decisions'), {
            method: 'POST',
            body: { decision: { kind: 'pin', service: row.service, template: row.path } },
          }),
    onSuccess: () => refresh(ws),
  });
  const statuses = Object.entries(row.statuses)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 3);
  return (
    <tr>
      <th scope="row" className="mono break">
        {row.method} {row.path}
        <span className="quiet-text"> {row.service}</span>
      </th>
      <td>{reasonWord[row.reason] ?? row.reason}</td>
      <td className="number">{count(row.count)}</td>
      <td className="nowrap">{statuses.map(([status, calls]) => `${status === '0' ? 'none' : status} × ${count(calls)}`).join(', ')}</td>
      <td className="number nowrap">{ago(row.lastMs)}</td>
      <td>
        <Button
          kind="quiet"
          isDisabled={takeBack.isPending || takeBack.isSuccess}
          onPress={() => takeBack.mutate()}
          aria-label={`Take back ${row.method} ${row.path}`}
        >
          {takeBack.isSuccess ? 'Taken back' : 'Take back'}
        </Button>
        {takeBack.isError ? <span role="alert">{takeBack.error.message}</span> : null}
      </td>
    </tr>
  );
}

/** `26,130 paths seen: 14,902 in operations, 11,228 folded`, with the reasons, always in sight under the list. */
export function FoldedLine({ summary, onReview }: { summary: InventorySummary; onReview: () => void }) {
  const reasons = Object.entries(summary.pathsFolded)
    .filter(([, paths]) => paths > 0)
    .sort((a, b) => b[1] - a[1]);
  const folded = reasons.reduce((sum, [, paths]) => sum + paths, 0);
  return (
    <p>
      {plural(summary.pathsSeen, 'path')} seen: {count(summary.pathsInTemplates)} in operations, {count(folded)} folded
      {folded === 0 ? '' : ` (${reasons.map(([reason, paths]) => `${reasonWord[reason] ?? reason} ${count(paths)}`).join(', ')})`}{' '}
      <button type="button" className="link-button" onClick={onReview}>
        Review
      </button>
    </p>
  );
}
