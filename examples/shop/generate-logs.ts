/**
 * Makes the sample company's traffic: days of gateway and web server logs, an archived day, and a recording with bodies.
 * Everything is invented: addresses are from the ranges set aside for documentation (RFC 5737, RFC 3849), hosts end in
 * `.example` (RFC 2606). The same seed and time give the same bytes.
 *
 *     node examples/shop/generate-logs.ts --days 5 --now 2026-11-23T12:00:00Z --out FOLDER
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Call, kongLine, nginxLine } from './traffic/call.ts';
import { type Chance, chance } from './traffic/chance.ts';
import { type Customer, customers, visit } from './traffic/customers.ts';
import { dayMs, machines } from './traffic/machines.ts';
import { recording } from './traffic/recording.ts';

export interface LogOptions {
  /** End of the traffic, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Full days before it; default 5. */
  readonly days?: number;
  readonly seed?: number;
}

export interface LogFile {
  readonly name: string;
  readonly text: string;
}

const customersCount = 420;
/** Visits on an ordinary day; with about nine requests each this gives some 60,000 lines in five days. */
const visitsADay = 1_050;
/** The archived day: long enough ago that what was called only then is silent now. */
const archiveDaysAgo = 45;
const archiveVisits = 130;

/** Share of a day's visits that begin in each hour, UTC: quiet nights, a lunch hump, a long evening. */
const hourWeights = [2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 12, 14, 12, 10, 10, 11, 13, 16, 18, 17, 13, 8, 4];

/** The files, oldest first. */
export function shopLogs({ nowMs, days = 5, seed = 20 }: LogOptions): readonly LogFile[] {
  const fortune = chance(seed);
  const people = customers(customersCount, fortune);
  const fromMs = nowMs - days * dayMs;

  const archiveMs = Math.floor(nowMs / dayMs - archiveDaysAgo) * dayMs;
  const archived = [...visits(people, archiveMs, archiveVisits, fortune), ...oldCampaign(people, archiveMs, fortune)];

  // Whole days by the calendar, so that nights are quiet; what lies outside the time asked for is cut off.
  const midnightMs = Math.floor(fromMs / dayMs) * dayMs;
  const calls: Call[] = [...machines(midnightMs, nowMs, fortune)];
  for (let day = midnightMs; day < nowMs; day += dayMs) calls.push(...visits(people, day, visitsADay, fortune));
  const recent = calls.filter((call) => call.atMs >= fromMs && call.atMs < nowMs);

  const isWeb = (call: Call) => call.host === 'www.shop.example';
  return [
    {
      name: 'gateway-archive.jsonl',
      text: lines(
        archived.filter((call) => !isWeb(call)),
        fortune,
        kongLine,
      ),
    },
    {
      name: 'gateway.jsonl',
      text: lines(
        recent.filter((call) => !isWeb(call)),
        fortune,
        kongLine,
      ),
    },
    { name: 'www.access.log', text: lines(recent.filter(isWeb), fortune, nginxLine) },
    { name: 'phone-app.har', text: recording(nowMs, fortune) },
  ];
}

function visits(people: readonly [Customer, ...Customer[]], dayStartMs: number, count: number, fortune: Chance): readonly Call[] {
  const calls: Call[] = [];
  for (let made = 0; made < count; made += 1) calls.push(...visit(fortune.pick(people), dayStartMs + timeOfDay(fortune), fortune));
  return calls;
}

/** Milliseconds since midnight UTC. */
function timeOfDay(fortune: Chance): number {
  const total = hourWeights.reduce((sum, weight) => sum + weight, 0);
  let left = fortune.next() * total;
  const hour = hourWeights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return (hour + fortune.next()) * (dayMs / 24);
}

/** Coupons of a campaign that is over: declared, used then, quiet since. */
function oldCampaign(people: readonly [Customer, ...Customer[]], dayStartMs: number, fortune: Chance): readonly Call[] {
  return Array.from({ length: 80 }, () => {
    const { id, address, agent } = fortune.pick(people);
    return {
      atMs: dayStartMs + Math.round(timeOfDay(fortune)),
      method: 'POST',
      path: '/v2/coupons/redemptions',
      status: fortune.isTrue(0.2) ? 422 : 200,
      client: address,
      agent,
      service: 'orders',
      caller: { name: id, header: 'authorization' as const },
    };
  });
}

function lines(calls: readonly Call[], fortune: Chance, write: (call: Call, fortune: Chance) => string): string {
  const inOrder = calls.map((call) => ({ ...call, atMs: Math.round(call.atMs) })).sort((a, b) => a.atMs - b.atMs);
  return `${inOrder.map((call) => write(call, fortune)).join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { days: { type: 'string', default: '5' }, now: { type: 'string' }, out: { type: 'string' }, seed: { type: 'string' } },
  });
  const nowMs = values.now === undefined ? Date.now() : Date.parse(values.now);
  const days = Number(values.days);
  if (values.out === undefined || Number.isNaN(nowMs) || !(days >= 1 && days <= 60)) {
    process.stderr.write('usage: generate-logs.ts --out FOLDER [--days 1..60] [--now ISO-TIME] [--seed NUMBER]\n');
    process.exit(2);
  }
  mkdirSync(values.out, { recursive: true });
  for (const file of shopLogs({ nowMs, days, ...(values.seed === undefined ? {} : { seed: Number(values.seed) }) })) {
    writeFileSync(path.join(values.out, file.name), file.text);
    process.stderr.write(`${file.name}: ${file.text.split('\n').length - 1} lines, ${file.text.length} bytes\n`);
  }
}
