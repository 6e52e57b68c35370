/** Options that `guard` and `up` share. */
import { InvalidArgumentError } from 'commander';
import type { Mode } from '../engine/evidence/decision.ts';
import { StanceError } from '../errors.ts';
import type { SupervisorEvent } from '../gateway/supervisor.ts';
import type { DoorPlaces, ListenPlace } from './guard-setup.ts';
import type { Terminal } from './terminal.ts';

const modes: readonly Mode[] = ['off', 'log', 'block'];

export function listenPlace(text: string): ListenPlace {
  const at = /^(?:(\[[0-9a-fA-F:]+\]|[^:\s]+):)?(\d{1,5})$/.exec(text);
  const port = Number(at?.[2]);
  if (at === null || port > 65_535) throw new InvalidArgumentError('An address and port: 127.0.0.1:7788.');
  return { host: (at[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

export function modeOf(text: string): Mode {
  const mode = modes.find((one) => one === text);
  if (mode === undefined) throw new InvalidArgumentError(`One of ${modes.join(', ')}.`);
  return mode;
}

export function doorsOn(host: string): DoorPlaces {
  return { forwardAuth: { host, port: 7790 }, extAuthz: { host, port: 7791 }, spoe: { host, port: 7792 } };
}

/** @throws StanceError `usage` for an address that other machines reach, unless that was said */
export function refuseRemote(host: string, isAllowed: boolean): void {
  if (isAllowed || isLoopback(host)) return;
  throw new StanceError('usage', {
    message: `${host} can be reached from other machines.`,
    unchanged: 'Nothing was started.',
    next: 'Say --allow-remote if that is meant, or listen on 127.0.0.1.',
  });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** What happens to workers, in words. */
export function workerNotes(terminal: Terminal): (event: SupervisorEvent) => void {
  return (event) => {
    if (event.kind === 'worker-died')
      terminal.note(`Worker ${event.worker} ended (${event.why}); another starts in ${event.restartInMs} ms.`);
    else if (event.kind === 'worker-failed') terminal.note(`Worker ${event.worker} could not start: ${event.error.message}`);
    else if (event.kind === 'certificate')
      terminal.note(event.error === null ? 'The certificate was read again.' : `The certificate was not changed: ${event.error.message}`);
  };
}
