import type { Command } from 'commander';
import { defineSuggest } from './limit-suggest.ts';

export function define(command: Command): void {
  defineSuggest(command);
}
