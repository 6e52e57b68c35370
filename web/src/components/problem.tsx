/** What a page shows when it waits, when it fails, and when it has nothing: never a blank, never a false zero. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Problem } from '../api.ts';
import { ago, clock, zoneName } from '../format.ts';
import { Button } from './button.tsx';

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({
    status: 0,
    code: 'page',
    title: 'This part of the page failed.',
    detail: error instanceof Error ? error.message : '',
    next: 'Load the page again.',
  });
}

export function ProblemBox({ error, onRetry, shown }: { error: unknown; onRetry?: () => void; shown?: number | undefined }) {
  const problem = problemOf(error);
  return (
    <div className="problem" role="alert">
      <p>
        <strong>{problem.message}</strong> {problem.detail !== problem.message ? problem.detail : null}
      </p>
      <p className="quiet-text">
        {problem.unchanged} {problem.next}
        {shown === undefined ? null : ` Shown below: the last good result, of ${clock(shown)} ${zoneName()} (${ago(shown)}).`}
      </p>
      {onRetry === undefined ? null : <Button onPress={onRetry}>Try again</Button>}
    </div>
  );
}

export function Skeleton({ rows = 6, height = 40 }: { rows?: number; height?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of a skeleton have no identity but their place
        <div key={at} style={{ height }}>
          <span />
        </div>
      ))}
    </div>
  );
}

/** Data when there is some; the skeleton of the final height before; the last good result with its age on error. */
export function Loaded<T>({
  from,
  skeleton,
  children,
}: {
  from: UseQueryResult<T>;
  skeleton?: ReactNode;
  children: (data: T) => ReactNode;
}) {
  const retry = () => void from.refetch();
  if (from.data === undefined) return from.isError ? <ProblemBox error={from.error} onRetry={retry} /> : (skeleton ?? <Skeleton />);
  return (
    <>
      {from.isError ? <ProblemBox error={from.error} onRetry={retry} shown={from.dataUpdatedAt} /> : null}
      {children(from.data)}
    </>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
