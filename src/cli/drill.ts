import type { Command } from 'commander';
import { defineFailMode } from './drill-fail-mode.ts';

export function define(command: Command): void {
  defineFailMode(command);
}
