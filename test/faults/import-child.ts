/** A process that imports the files it is given and says `acknowledged N` after each step; meant to be killed. */
import { openInputs } from '../../src/sources/input.ts';
import { openWorkspace } from '../../src/workspace/open-workspace.ts';

const [dir, ...files] = process.argv.slice(2);
if (dir === undefined) throw new Error('usage: import-child DIR FILE…');
const workspace = await openWorkspace({ dir, mode: 'write', holder: 'import-child' });
const commit = workspace.store.commitImport.bind(workspace.store);
workspace.store.commitImport = async (batch) => {
  await commit(batch);
  process.stdout.write(`acknowledged ${batch.source.account.seen}\n`);
};
for (const file of files) await workspace.importInputs(openInputs(file), {});
await workspace.close();
process.stdout.write('done\n');
