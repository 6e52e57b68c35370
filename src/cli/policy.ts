import type { Command } from 'commander';
import { defineCheck } from './policy-check.ts';
import { defineExplain } from './policy-explain.ts';
import { defineTest } from './policy-test.ts';

export function define(command: Command): void {
  defineCheck(command);
  defineTest(command);
  defineExplain(command);
}
