/** A link that changes part of the address; whether it is the current one is for the page to say, not for the router. */
import { useLinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

/** @param set names to change in the address; undefined takes one out. */
export function ViewLink({
  set,
  on,
  className = 'view',
  title,
  children,
}: {
  set: Readonly<Record<string, string | undefined>>;
  on: boolean;
  className?: string;
  title?: string;
  children: ReactNode;
}) {
  const props = useLinkProps({ to: '.', search: (before: object) => ({ ...before, ...set }), resetScroll: false, preload: false } as never);
  return (
    <a {...props} className={className} title={title} aria-current={on ? 'true' : undefined} data-status={undefined}>
      {children}
    </a>
  );
}
