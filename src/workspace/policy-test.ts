/** Runs a table of requests through a policy, in the order of the table, on one clock and one memory of what was counted. */
import type { Decision } from '../engine/evidence/decision.ts';
import type { ExpectedDecision, PolicyTestCase } from '../sources/policy-test-file.ts';
import { type PolicyBench, statedRequest } from './policy-bench.ts';

export interface PolicyTestResult {
  readonly name: string;
  readonly line: number;
  readonly passed: boolean;
  readonly expected: ExpectedDecision;
  readonly decision: Pick<Decision, 'outcome' | 'allowedBy'> & {
    /** Deciding rule; null = nothing objected. */
    readonly rule: string | null;
    readonly status: number | null;
    readonly reason: string | null;
  };
  /** What differs, in words; null when it passed. */
  readonly difference: string | null;
}

export function runPolicyTests(bench: PolicyBench, tests: readonly PolicyTestCase[], atMs: number): PolicyTestResult[] {
  let nowMs = atMs;
  return tests.map((test) => {
    nowMs += test.afterMs;
    const request = statedRequest(test.request, bench.compiled.policy);
    let decision: Decision | null = null;
    for (let at = 0; at < test.times; at++) {
      if (at > 0) nowMs += test.everyMs;
      const judgement = bench.decide(request, nowMs);
      bench.answered(judgement, test.answered, nowMs);
      ({ decision } = judgement);
    }
    return resultOf(test, decision);
  });
}

function resultOf(test: PolicyTestCase, decision: Decision | null): PolicyTestResult {
  const deciding = decision?.objections[0] ?? null;
  const came: PolicyTestResult['decision'] = {
    outcome: decision?.outcome ?? 'allow',
    allowedBy: decision?.allowedBy ?? null,
    rule: deciding?.rule ?? null,
    status: deciding?.status ?? null,
    reason: deciding?.reason ?? null,
  };
  const difference = differenceOf(test.expected, came);
  return { name: test.name, line: test.line, passed: difference === null, expected: test.expected, decision: came, difference };
}

function differenceOf(expected: ExpectedDecision, came: PolicyTestResult['decision']): string | null {
  const by = came.rule === null ? '' : ` by ${came.rule} (${came.reason})`;
  if (came.outcome !== expected.outcome) return `expected ${expected.outcome}, came to ${came.outcome}${by}`;
  if (expected.rule !== null && came.rule !== expected.rule && came.rule?.startsWith(`${expected.rule}.`) !== true)
    return `expected the rule ${expected.rule}, it was ${came.rule === null ? 'none' : `${came.rule} (${came.reason})`}`;
  if (expected.status !== null && came.status !== expected.status)
    return `expected status ${expected.status}, it was ${came.status ?? 'none'}`;
  if (expected.allowedBy !== null && came.allowedBy !== expected.allowedBy)
    return `expected to be let through by ${expected.allowedBy}, it was ${came.allowedBy ?? 'nothing'}`;
  return null;
}
