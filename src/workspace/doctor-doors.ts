/** Whether the doors of the guards answer, run the policy in force, and were drilled; asked of this machine alone. */
import { connect } from 'node:net';
import { guardSilentMs } from '../engine/evidence/guard-batch.ts';
import type { Store } from '../store/store.ts';
import { lastFailModeDrill } from './drill-record.ts';
import { PolicyVersions } from './policy-versions.ts';
import type { DoctorLine } from './use-cases.ts';

const PROBE_MS = 500;
/** Doors that are asked. */
const DOORS_MAX = 32;
const loopback = /^(?<name>\S+) (?<host>127(?:\.\d{1,3}){3}|localhost|::1|\[::1\]):(?<port>\d{1,5})$/;

export async function examineDoors(store: Store, now: () => number): Promise<DoctorLine[]> {
  const nowMs = now();
  const workers = await store.listGuardWorkers();
  if (workers.length === 0) return [];
  const alive = workers.filter(({ atMs }) => nowMs - atMs <= guardSilentMs);
  const doors = [...new Set(alive.flatMap(({ status }) => status.doors))].slice(0, DOORS_MAX);
  const lines = await Promise.all(doors.map(examineDoor));
  return [...lines.flat(), ...(await examinePolicy(store, now, [...new Set(alive.map(({ status }) => status.policyVersion))]))];
}

async function examineDoor(door: string): Promise<DoctorLine[]> {
  const { name = '', host = '', port = '' } = loopback.exec(door)?.groups ?? {};
  // Whether an address of another machine answers is not for this one to try.
  if (name === '')
    return [{ level: 'blind', topic: 'door', text: `${door} is not on this machine's own address; it was not tried.`, fix: null }];
  if (await answers(host.replace(/^\[|\]$/g, ''), Number(port)))
    return [{ level: 'ok', topic: 'door', text: `${door} answers.`, fix: null }];
  return [
    {
      level: 'fail',
      topic: 'door',
      text: `${door} does not answer, though its guard was heard a moment ago: gateways that ask it go by their own fail mode now.`,
      fix: 'Look at the output of the guard and start it again: stance guard --doors',
    },
  ];
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(PROBE_MS, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

async function examinePolicy(store: Store, now: () => number, running: readonly string[]): Promise<DoctorLine[]> {
  const lines: DoctorLine[] = [];
  const { active, candidate } = await new PolicyVersions(store, now).inForce();
  const others = running.filter((version) => version !== `p${active}` && version !== `p${candidate?.number}`);
  if (active !== null && others.length > 0)
    lines.push({
      level: 'doubt',
      topic: 'policy',
      text: `p${active} is in force, and workers run ${others.join(', ')}.`,
      fix: 'A guard that was started with --policy FILE stays with that file; leave it out to follow `stance policy apply`',
    });
  const drill = await lastFailModeDrill(store);
  const failed = drill?.trials.filter(({ holds }) => !holds).length ?? 0;
  if (drill === null)
    lines.push({
      level: 'blind',
      topic: 'fail mode',
      text: 'What becomes of requests that cannot be judged was never tried.',
      fix: 'stance drill fail-mode',
    });
  else
    lines.push({
      level: failed > 0 ? 'fail' : 'ok',
      topic: 'fail mode',
      text: `${drill.trials.length - failed} of ${drill.trials.length} trials held under ${drill.policyVersion}.`,
      fix: failed > 0 ? 'stance drill fail-mode names the routes' : null,
    });
  return lines;
}
