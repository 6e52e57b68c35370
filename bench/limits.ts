/**
 * Throttling that spares crowds: nine overload scenarios, and what a decision costs in time and memory.
 *   node bench/limits.ts [--only SCENARIO,...] [--seed 1] [--cookies 0.9] [--no-micro] [--no-scenarios]
 * The project's limiter and gate beside no rule, a fixed window per address and a GCRA per address, in the same run.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Admission, addressRate, type Call, type Callbacks, fixedWindow, noRule, stance } from './limits/admission.ts';
import { contenders } from './limits/decision-cost.ts';
import { scenarios } from './limits/scenarios.ts';
import { type Result, simulate } from './limits/simulation.ts';

function option(name: string): string | undefined {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
}

const seed = Number(option('seed') ?? 1);
const cookieShare = Number(option('cookies') ?? 0.9);
const only = option('only')?.split(',');

const rules: Readonly<Record<string, <C extends Call>(callbacks: Callbacks<C>) => Admission<C>>> = {
  none: noRule,
  'fixed/address': fixedWindow,
  'GCRA/address': addressRate,
  Stance: (callbacks) => stance(seed, callbacks),
};

const percent = (share: number | null) => (share === null ? '-' : (100 * share).toFixed(1)).padStart(6);

function line(scenario: string, rule: string, result: Result): string {
  const { goodput, ofPossible, sharedGoodput, homeGoodput, attackPassed, p50Ms, p99Ms } = result;
  const shares = [goodput, ofPossible, sharedGoodput, homeGoodput, attackPassed].map((share) => percent(share).padStart(9)).join('');
  return `${scenario.padEnd(20)}${rule.padEnd(14)}${shares}${String(p50Ms).padStart(7)}${String(p99Ms).padStart(7)}`;
}

if (!process.argv.includes('--no-scenarios')) {
  console.log(`${'scenario'.padEnd(20)}${'rule'.padEnd(14)}  goodput possible   shared     home   attack p50 ms p99 ms`);
  for (const [name, sources] of Object.entries(scenarios)) {
    if (only !== undefined && !only.some((part) => name.includes(part))) continue;
    for (const [rule, make] of Object.entries(rules)) console.log(line(name, rule, simulate(sources, make, { seed, cookieShare })));
  }
}

if (!process.argv.includes('--no-micro')) {
  const keys = Number(option('keys') ?? 1_000_000);
  console.log(`\none limit, ${keys} keys      ns mean   ns p50   ns p99 ns p99.9  B a key allowed%`);
  const script = fileURLToPath(new URL('./limits/decision-cost.ts', import.meta.url));
  for (const name of Object.keys(contenders))
    spawnSync(process.execPath, ['--expose-gc', script, name, String(keys)], { stdio: 'inherit' });
}
