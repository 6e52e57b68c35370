/** A process that takes batches of guard evidence by message, and spooled ones, into a workspace; meant to be killed. */
import type { GuardBatch } from '../../src/engine/evidence/guard-batch.ts';
import { guardIntake } from '../../src/workspace/guard-intake.ts';
import { guardSpoolDir, watchGuardSpool } from '../../src/workspace/guard-spool-intake.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const [dir] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: guard-intake-child DIR');
const workspace = await openWorkspace({ dir, mode: 'write', holder: 'guard-intake-child' });
const intake = guardIntake(workspace);
const watch = watchGuardSpool(guardSpoolDir(dir, 'main'), async () => workspace, 100);
process.on('message', (message: GuardBatch | 'stop') => {
  if (message === 'stop') {
    void watch.stop().then(async () => {
      await intake.close();
      await workspace.close();
      process.disconnect();
    });
    return;
  }
  void intake.take(message).then((isTaken) => {
    if (process.connected) process.send?.({ seq: message.seq, isTaken });
  });
});
process.send?.('ready');
