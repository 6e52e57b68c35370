/** Where a policy is kept: a file of its own, `policy:` in a `stance.yaml`, or the file that key names. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defaultPolicy } from '../engine/policy/default-policy.ts';
import type { Policy } from '../engine/policy/policy.ts';
import { StanceError } from '../errors.ts';
import { policyOf, readPolicy } from '../sources/policy-file.ts';
import type { PolicyFile } from '../sources/policy-schema.ts';
import { readSettings } from '../sources/stance-yaml.ts';

/** A policy with a hundred thousand listed addresses has a few megabytes. */
const policyBytesMax = 64 * 1024 * 1024;

export interface PolicyText {
  readonly policy: Policy;
  /** What `readPolicy` reads: YAML, or JSON of what stood inside a `stance.yaml`. */
  readonly text: string;
  /** File it came from, absolute. */
  readonly file: string;
}

/**
 * Reads the policy at `file`. A `stance.yaml` without `policy` gives the default one.
 * @param base what stands where the file says nothing
 */
export function policyFrom(file: string, base: Policy = defaultPolicy): PolicyText {
  const path = resolve(file);
  const text = textOf(path, file);
  if (!/(?:^|[/\\])stance\.ya?ml$/i.test(path))
    return { policy: readPolicy(text, { file, base, variables: process.env }), text, file: path };
  const { policy } = readSettings(text, { file, variables: process.env });
  if (policy === undefined) return { policy: base, text: '', file: path };
  if ('file' in policy) {
    const beside = resolve(dirname(path), policy.file);
    const inside = textOf(beside, policy.file);
    return { policy: readPolicy(inside, { file: policy.file, base, variables: process.env }), text: inside, file: beside };
  }
  // Checked by `readSettings` with the schema whose type this is.
  const stated = policy.stated as PolicyFile;
  return { policy: policyOf(stated, base), text: `${JSON.stringify(stated, null, 2)}\n`, file: path };
}

function textOf(path: string, shown: string): string {
  try {
    if (statSync(path).size > policyBytesMax) {
      throw new StanceError('too-large', {
        message: `The policy ${shown} is larger than ${policyBytesMax / 1024 / 1024} MiB.`,
        unchanged: 'The policy that was in force stays in force.',
        next: 'Name networks instead of single addresses.',
      });
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof StanceError) throw cause;
    const code = (cause as { code?: string }).code;
    throw new StanceError('input-unreadable', {
      message: `The policy ${shown} cannot be read${code === undefined ? '' : ` (${code})`}.`,
      unchanged: 'The policy that was in force stays in force.',
      next: 'Check the path, or leave it out for the default policy.',
      cause,
    });
  }
}
