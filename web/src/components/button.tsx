/** Buttons of three weights; an icon button carries its name for those who cannot see it. */
import type { ReactNode } from 'react';
import { Button as AriaButton, type ButtonProps } from 'react-aria-components/Button';

type Kind = 'plain' | 'main' | 'quiet' | 'danger';

export function Button({ kind = 'plain', className, ...rest }: Omit<ButtonProps, 'className'> & { kind?: Kind; className?: string }) {
  return <AriaButton {...rest} className={`button ${kind}${className === undefined ? '' : ` ${className}`}`} />;
}

export function IconButton({
  name,
  children,
  ...rest
}: Omit<ButtonProps, 'className' | 'children'> & { name: string; children: ReactNode }) {
  return (
    <AriaButton {...rest} aria-label={name} className="button quiet icon">
      {children}
    </AriaButton>
  );
}
