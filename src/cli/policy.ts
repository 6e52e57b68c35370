import type { Command } from 'commander';
import { defineApply, defineReplay } from './policy-apply.ts';
import { defineCheck } from './policy-check.ts';
import { defineExplain } from './policy-explain.ts';
import { defineTest } from './policy-test.ts';
import { defineVersions } from './policy-versions.ts';

export function define(command: Command): void {
  defineCheck(command);
  defineTest(command);
  defineExplain(command);
  defineReplay(command);
  defineApply(command);
  defineVersions(command);
}
