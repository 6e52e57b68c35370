#!/usr/bin/env node
/** The command `stance`: whatever Node the host has, the program runs under the one it was tested with. */
import { runScript } from './pinned-node.mjs';

process.exitCode = await runScript('src/cli/main.ts', process.argv.slice(2));
