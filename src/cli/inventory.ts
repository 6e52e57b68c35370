import type { Command } from 'commander';
import { define as defineExport } from './export.ts';
import { defineDecisions } from './inventory-decisions.ts';
import { defineList } from './inventory-list.ts';
import { defineShow } from './inventory-show.ts';

export function define(command: Command): void {
  defineList(command);
  defineShow(command);
  defineDecisions(command);
  defineExport(command.command('export').description('the inventory as OpenAPI, CycloneDX, CSV or JSON'));
}
