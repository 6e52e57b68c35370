/** A guard for tests of supervisor and worker: one upstream, an answer field that names the settings in force, hands over each exchange. */
import { openDecider, passing, upstreamPolicy } from './decider.fixture.ts';
import type { CreateGuard } from './worker-message.ts';

export interface FixtureSettings {
  readonly upstream: string;
  readonly version: string;
}

export const createGuard: CreateGuard = (given, context) => {
  let settings = given as FixtureSettings; // the test wrote it
  if (settings.version === 'bad') throw new Error('the settings are bad');
  const ends: Promise<boolean>[] = [];
  return {
    decider: openDecider({
      head: (head) => {
        if (head.path === '/die') process.kill(process.pid, 'SIGKILL');
        return passing(head, {
          answerHeaders: [
            { name: 'x-version', value: settings.version },
            { name: 'x-pid', value: String(process.pid) },
          ],
        });
      },
      done: (_ruling, end) => void ends.push(context.hand({ worker: context.worker, status: end.status })),
    }),
    upstreams: [upstreamPolicy([settings.upstream])],
    client: { trustedHops: 0, header: 'x-forwarded-for' },
    reload: (next) => {
      const wanted = next as FixtureSettings; // the test wrote it
      if (wanted.version === 'bad') throw new Error('the settings are bad');
      settings = wanted;
      return { upstreams: [upstreamPolicy([settings.upstream])] };
    },
    stop: async () => void (await Promise.all(ends)),
  };
};
