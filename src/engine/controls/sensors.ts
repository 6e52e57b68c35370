/** TEC-36: what feeds the evidence is alive, and loses nothing. */
import { lostIn } from '../evidence/guard-batch.ts';
import type { SourceRecord } from '../evidence/source-account.ts';
import type { Facts, UnitResult } from './control.ts';
import { dayMs, hourMs } from './date.ts';
import { blindAfterMs } from './discovery.ts';
import { count } from './standing.ts';
import { failing, met, organisation, part, unknown } from './unit.ts';

/** Share of lines that may be lost. */
const malformedMax = 0.01;

export function healthySensors(facts: Facts): readonly UnitResult[] {
  const sensors = facts.sources.filter((one) => one.kind === 'traffic');
  const guards = guardHealth(facts);
  if (sensors.length === 0) return [...guards, unknown(organisation('traffic-sensor'), 'traffic', 'No traffic source is connected.')];
  // A file imported once has said all it can; it stops counting when newer traffic has arrived from elsewhere.
  const newest = Math.max(...sensors.map((one) => one.lastMs ?? 0));
  const current = sensors.filter((one) => one.state !== 'complete' || newest - (one.lastMs ?? 0) <= blindAfterMs);
  return [...current.map((sensor) => health(facts, sensor)), ...guards];
}

/** A guard that stopped this long ago was taken out, not lost. */
const guardForgottenMs = 7 * dayMs;

function guardHealth({ guard, nowMs }: Facts): readonly UnitResult[] {
  if (guard === null || nowMs - guard.heardMs > guardForgottenMs) return [];
  const name = organisation('guard');
  const proof = { evidence: ['source:guard'], grade: 'observed', observedMs: guard.heardMs } as const;
  if (guard.alive === 0) {
    const minutes = Math.floor((nowMs - guard.heardMs) / 60_000);
    const ago = minutes < 120 ? count(minutes, 'minute') : count(Math.floor(minutes / 60), 'hour');
    return [failing(name, { ...proof, because: `No guard worker is heard; the last told of itself ${ago} ago.` })];
  }
  const lost = guard.lost / Math.max(1, guard.requests);
  if (lost > malformedMax) {
    return [part(name, 0.5, { ...proof, because: `The guard lost ${(lost * 100).toFixed(1)} % of its evidence before it was kept.` })];
  }
  return [met(name, { ...proof, because: `${count(guard.alive, 'guard worker')} heard within two minutes, evidence lost below 1 %.` })];
}

function health(facts: Facts, sensor: SourceRecord): UnitResult {
  const name = organisation(`source ${sensor.name}`);
  const { account, sight, lastMs } = sensor;
  const evidence = [`source:${sensor.id}`];
  const live = sensor.state === 'following' || sensor.state === 'running';
  // Folded noise was heard all the same; a log of static files is no blind sensor.
  const heard = account.read + Object.values(account.folded).reduce((sum, count) => sum + count, 0);
  if (lastMs === null || heard === 0) {
    const because = `${sensor.name} holds no exchange that could be read.`;
    return live
      ? unknown(name, 'time', because, evidence)
      : failing(name, { because, evidence, grade: 'observed', observedMs: sensor.importedMs });
  }
  const proof = { evidence, grade: live ? 'observed' : 'configured', observedMs: lastMs } as const;
  if (live && facts.nowMs - lastMs > blindAfterMs) {
    return failing(name, { ...proof, because: `${sensor.name} was last heard ${Math.floor((facts.nowMs - lastMs) / hourMs)} hours ago.` });
  }
  if (sensor.state === 'interrupted') return failing(name, { ...proof, because: `The import of ${sensor.name} stopped half-way.` });
  const lost = account.malformed / Math.max(1, account.seen);
  const dropped = lostIn(account.excluded) / Math.max(1, account.seen);
  const troubles = [
    ...(dropped > malformedMax ? [`${(dropped * 100).toFixed(1)} % of what it saw was lost before it was kept`] : []),
    ...(lost > malformedMax ? [`${(lost * 100).toFixed(1)} % of its lines could not be read`] : []),
    ...(sight.largestGapMs > blindAfterMs ? [`it has a gap of ${Math.floor(sight.largestGapMs / hourMs)} hours`] : []),
    ...(sight.inFuture > 0 ? [`${sight.inFuture} records are dated after the import`] : []),
  ];
  if (troubles.length > 0) return part(name, 0.5, { ...proof, because: `${sensor.name}: ${troubles.join('; ')}.` });
  return met(name, {
    ...proof,
    because: `${sensor.name}: ${heard.toLocaleString('en-US')} records, none lost beyond 1 %, no gap above 24 hours.`,
  });
}
