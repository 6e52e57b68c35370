/** Which policy and which specifications a command works with. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import { type PolicyText, policyFrom } from '../workspace/policy-source.ts';

export interface PolicyOptions {
  readonly policy?: string;
  readonly spec?: readonly string[];
}

export function withPolicyOptions(command: Command): Command {
  return command
    .option('--policy <file>', 'policy file, or a stance.yaml with `policy` (default: stance.yaml here, else the default policy)')
    .option('--spec <file...>', 'OpenAPI documents that requests are validated against');
}

/** The policy named, that of the project, or the default one. */
export function chosenPolicy(file: string | undefined): PolicyText {
  if (file !== undefined) return policyFrom(file);
  return existsSync('stance.yaml') ? policyFrom('stance.yaml') : { policy: defaultPolicy, text: '', file: 'the default policy' };
}
