/**
 * A process that imports until it is killed: `node commit-loop.fixture.ts DIR [STEPS]`. Goes on from the checkpoint it
 * finds and says each step's number once the store has acknowledged it. Every fourth step replaces the inventory.
 */
import { writeSync } from 'node:fs';
import { openStore } from './open-store.ts';
import {
  HOUR_MS,
  START_MS,
  sampleBatch,
  sampleExchange,
  sampleOperation,
  samplePath,
  sampleRollup,
  sampleSnapshot,
} from './store-samples.fixture.ts';

const [dir = '', steps = '100000'] = process.argv.slice(2);
try {
  const store = await openStore({ dir, workspace: 'main', mode: 'write', now: () => START_MS, holder: 'commit loop' });
  const from = (await store.findCheckpoints())[0]?.line ?? 0;
  say('open');
  for (let step = from + 1; step <= from + Number(steps); step++) {
    await store.commitImport(
      sampleBatch({
        checkpoint: { sourceId: 'a', prefixHash: 'h', prefixBytes: 10, line: step, byteOffset: step * 100 },
        paths: [samplePath(1, { stat: { ...samplePath(1).stat, count: step } }), samplePath(1 + step)],
        rollups: [sampleRollup(1, START_MS, 1), sampleRollup(1, START_MS + HOUR_MS, 1)],
        exchanges: [sampleExchange(step, { pathId: 1, line: step })],
      }),
    );
    if (step % 4 === 0)
      await store.saveInventory(sampleSnapshot(Array.from({ length: 150 }, (_, at) => sampleOperation(at, { summary: `step ${step}` }))));
    say(String(step));
  }
  await store.close();
} catch (cause) {
  const { code, message, unchanged, next } = cause as Record<string, unknown>;
  say(`failed ${JSON.stringify({ code, message, unchanged, next })}`);
  process.exitCode = 1;
}

/** Unbuffered, so that a step is said before the next one begins. */
function say(text: string): void {
  writeSync(1, `${text}\n`);
}
