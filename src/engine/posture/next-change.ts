/** Exactly one change: lanes first, then what was begun, then the ranking with its inertia (controls.md 5.4). */

import { controlById } from '../controls/catalogue.ts';
import { dayText, hourMs } from '../controls/date.ts';
import type { Candidate, ChangeRecord, NextChange, PickMemory } from './assessment.ts';

export interface Ranking {
  readonly candidates: readonly Candidate[];
  /** Share of draws in which the first is worth more than the second. */
  chanceOver(key: string, other: string): number;
  /** Source that holds back at least 40 % of the gap between Proven and Possible. */
  readonly missingSensor: { readonly key: string; readonly share: number } | null;
  /** Looking first would change the winner, and is cheap. */
  readonly lookFirst: { readonly key: string; readonly control: string; readonly chance: number } | null;
}

export interface ChoiceFacts {
  readonly nowMs: number;
  readonly records: readonly ChangeRecord[];
  readonly previous: PickMemory | null;
}

export interface Choice {
  readonly next: NextChange | null;
  readonly pick: PickMemory | null;
}

/** A challenger must win this often, by this much, this many times in a row, over this long. */
export const inertia = { chance: 0.8, ratio: 1.25, evaluations: 3, spanMs: 72 * hourMs };
/** Values closer than this are a near tie. */
const tieShare = 0.1;

export function chooseNext(ranking: Ranking, facts: ChoiceFacts): Choice {
  const resting = restingKeys(facts);
  const busy = openRecords(facts.records);
  const teams = new Set(busy.map((record) => record.owner ?? ''));
  const free = ranking.candidates.filter((one) => one.blockedBy === null && !resting.has(one.key));
  const lane = free.find((one) => one.kind === 'stop-the-bleeding') ?? free.find((one) => one.kind === 'deadline');
  const begun = busy[0];

  if (lane !== undefined && begun?.key !== lane.key) {
    const why =
      lane.kind === 'deadline'
        ? 'A promise with a date within 30 days goes before what is only ranked.'
        : 'This is open now, so it goes before what is only ranked.';
    return { next: withRunnersUp(lane, why, ranking, resting, null), pick: facts.previous };
  }
  if (begun !== undefined) {
    const change = ranking.candidates.find((one) => one.key === begun.key) ?? pendingOf(begun);
    const said = begun.state === 'regressed' ? 'It was verified and has slid back' : `You accepted it on ${dayText(begun.decidedMs)}`;
    return {
      next: withRunnersUp(change, `${said}; it stays the one change until evidence shows that it holds.`, ranking, resting, null),
      pick: facts.previous,
    };
  }
  const ranked = free.filter((one) => one.kind === 'fix' || one.kind === 'find-out');
  const open = ranked.filter((one) => !teams.has(one.owner ?? ''));
  const first = firstOf(open, ranking);
  if (first === null) return { next: null, pick: null };

  const incumbent = facts.previous === null ? undefined : open.find((one) => one.key === facts.previous?.key);
  if (incumbent === undefined || facts.previous === null || incumbent.key === first.change.key) {
    const sinceMs = incumbent !== undefined && facts.previous !== null ? facts.previous.sinceMs : facts.nowMs;
    return {
      next: withRunnersUp(first.change, first.why, ranking, resting, first.nearTie),
      pick: { key: first.change.key, sinceMs, challenger: null },
    };
  }
  const challenger = challengerOf(first.change, incumbent, ranking, facts.previous, facts.nowMs);
  if (challenger !== null && challenger.evaluations >= inertia.evaluations && challenger.lastMs - challenger.firstMs >= inertia.spanMs) {
    const days = Math.floor((challenger.lastMs - challenger.firstMs) / (24 * hourMs));
    const why = `${first.why} It has beaten "${incumbent.title}" ${challenger.evaluations} times over ${days} days.`;
    return {
      next: withRunnersUp(first.change, why, ranking, resting, first.nearTie),
      pick: { key: first.change.key, sinceMs: facts.nowMs, challenger: null },
    };
  }
  const since = dayText(facts.previous.sinceMs);
  const kept = `It has been the one change since ${since} and nothing has clearly beaten it.`;
  return { next: withRunnersUp(incumbent, kept, ranking, resting, first.nearTie), pick: { ...facts.previous, challenger } };
}

interface First {
  readonly change: Candidate;
  readonly why: string;
  readonly nearTie: string | null;
}

/** The rules in their order: a missing sensor, looking first, the cautious value with its tie-breakers. */
function firstOf(open: readonly Candidate[], ranking: Ranking): First | null {
  const sensor = open.find((one) => one.key === ranking.missingSensor?.key);
  if (sensor !== undefined && ranking.missingSensor !== null) {
    return {
      change: sensor,
      why: `${Math.round(ranking.missingSensor.share * 100)} % of what is not known waits for this one source.`,
      nearTie: null,
    };
  }
  const finder = open.find((one) => one.key === ranking.lookFirst?.key);
  if (finder !== undefined && ranking.lookFirst !== null) {
    const { control, chance } = ranking.lookFirst;
    return {
      change: finder,
      why: `Looking first is cheap: knowing ${control} would change the choice with a chance of ${Math.round(chance * 100)} %.`,
      nearTie: null,
    };
  }
  const best = open[0];
  if (best === undefined) return null;
  const likeliest = [...open].sort((a, b) => b.value.chanceBest - a.value.chanceBest || (a.key < b.key ? -1 : 1))[0] ?? best;
  const close = open.filter((one) => one.value.p20 > 0 && one.value.p20 >= best.value.p20 * (1 - tieShare));
  const tied = likeliest.key === best.key ? close : [...close.filter((one) => one.key !== likeliest.key), likeliest];
  const why = `In four of five draws it avoids at least ${money(best.value.p20)} a year for each person-day, more than any other change that is free to begin.`;
  if (tied.length < 2) return { change: best, why, nearTie: null };
  const change = [...tied].sort(tieBreak)[0] ?? best;
  const others = tied
    .filter((one) => one.key !== change.key)
    .map((one) => `"${one.title}" (${money(one.value.p20)} a day, best in ${percent(one.value.chanceBest)})`);
  return {
    change,
    why: change.key === best.key ? why : `It ties with "${best.title}" and goes first: ${tieReason(change, best)}.`,
    nearTie: `Near tie: "${change.title}" (${money(change.value.p20)} a day, best in ${percent(change.value.chanceBest)}) and ${others.slice(0, 2).join(' and ')}. Legal duty goes first, then faster proof, then less effort.`,
  };
}

/** Legal duty first, then the change that can be verified sooner, then less effort; the key settles the rest. */
function tieBreak(left: Candidate, right: Candidate): number {
  return (
    Number(isLegal(right)) - Number(isLegal(left)) ||
    proofDays(left) - proofDays(right) ||
    left.effort.daysMedian - right.effort.daysMedian ||
    (left.key < right.key ? -1 : 1)
  );
}

function tieReason(change: Candidate, other: Candidate): string {
  if (isLegal(change) !== isLegal(other)) return 'it is a legal duty';
  if (proofDays(change) !== proofDays(other)) return 'it can be proven sooner';
  return 'it takes less effort';
}

/** A duty of law, as far as the catalogue maps one in part. */
function isLegal(candidate: Candidate): boolean {
  return (controlById.get(candidate.control)?.mappings ?? []).some((one) => one.framework === 'nycrr-500-2023' && one.relation === 'part');
}

/** Documents and settings are proven at their next import; what traffic shows takes 72 hours. */
function proofDays(candidate: Candidate): number {
  if (candidate.kind === 'find-out') return 0;
  return candidate.evidence.some((ref) => ref.startsWith('operation:') || ref.startsWith('source:')) ? 3 : 0;
}

function challengerOf(
  challenger: Candidate,
  incumbent: Candidate,
  ranking: Ranking,
  previous: PickMemory,
  nowMs: number,
): PickMemory['challenger'] {
  const chance = ranking.chanceOver(challenger.key, incumbent.key);
  const ratio =
    incumbent.value.median > 0
      ? challenger.value.median / incumbent.value.median
      : challenger.value.median > 0
        ? Number.POSITIVE_INFINITY
        : 0;
  if (chance < inertia.chance || ratio < inertia.ratio) return null;
  const before = previous.challenger;
  if (before === null || before.key !== challenger.key) return { key: challenger.key, firstMs: nowMs, lastMs: nowMs, evaluations: 1 };
  // The same instant looked at twice is one evaluation.
  if (nowMs <= before.lastMs) return before;
  return { ...before, lastMs: nowMs, evaluations: before.evaluations + 1 };
}

function withRunnersUp(
  change: Candidate,
  why: string,
  ranking: Ranking,
  resting: ReadonlyMap<string, string>,
  nearTie: string | null,
): NextChange {
  const others = ranking.candidates.filter((one) => one.key !== change.key && one.value.p20 > 0);
  const free = others.filter((one) => one.blockedBy === null && !resting.has(one.key));
  const held = others.filter((one) => !free.includes(one));
  const byP20 = (a: Candidate, b: Candidate): number => b.value.p20 - a.value.p20 || (a.key < b.key ? -1 : 1);
  const shown = [...free.sort(byP20), ...held.sort(byP20)].slice(0, 2);
  return { change, why, runnersUp: shown.map((one) => ({ change: one, whyNot: whyNot(one, change, resting) })), nearTie };
}

function whyNot(one: Candidate, chosen: Candidate, resting: ReadonlyMap<string, string>): string {
  if (one.blockedBy !== null) return `${one.blockedBy.charAt(0).toUpperCase()}${one.blockedBy.slice(1)}.`;
  const rest = resting.get(one.key);
  if (rest !== undefined) return rest;
  if (chosen.kind === 'stop-the-bleeding' || chosen.kind === 'deadline') return 'It can wait; the other cannot.';
  if (chosen.kind === 'find-out')
    return `Worth ${money(one.value.p20)} a year for each person-day in the cautious view; the missing source goes first, because it may change that.`;
  return `Worth ${money(one.value.p20)} a year for each person-day in the cautious view, against ${money(chosen.value.p20)}.`;
}

/** Keys that a person put off or turned down, with the words to show. */
function restingKeys(facts: ChoiceFacts): ReadonlyMap<string, string> {
  const resting = new Map<string, string>();
  for (const record of facts.records) {
    if ((record.state !== 'snoozed' && record.state !== 'declined') || record.untilMs === null || record.untilMs <= facts.nowMs) continue;
    resting.set(
      record.key,
      `${record.state === 'snoozed' ? 'Put off' : 'Declined'} until ${dayText(record.untilMs)}${record.reason === null ? '' : `: ${record.reason}`}.`,
    );
  }
  return resting;
}

function openRecords(records: readonly ChangeRecord[]): readonly ChangeRecord[] {
  return records
    .filter((record) => record.state === 'accepted' || record.state === 'regressed')
    .sort((a, b) => a.decidedMs - b.decidedMs || (a.id < b.id ? -1 : 1));
}

/** Accepted, done as far as evidence shows, and waiting for the rest of its observations. */
function pendingOf(record: ChangeRecord): Candidate {
  const control = controlById.get(record.control);
  return {
    key: record.key,
    control: record.control,
    kind: 'fix',
    title: record.title,
    text: 'The evidence shows it; it is watched until enough observations agree.',
    draft: { language: 'markdown', file: null, text: record.frozen?.draft ?? '' },
    units: record.frozen?.units ?? [],
    owner: record.owner,
    effort: { size: control?.effort ?? 'S', daysLow: 0, daysMedian: 0, daysHigh: 0, basis: 'nothing is left to do but wait' },
    gain: { proven: 0, possible: 0 },
    riskCut: { low: 0, median: 0, high: 0 },
    successChance: 1,
    value: { p20: 0, median: 0, chanceBest: 0 },
    prerequisites: [],
    blockedBy: null,
    evidence: [],
    undo: control?.remedy.undo ?? '',
    doneWhen: record.frozen?.doneWhen ?? control?.remedy.doneWhen ?? '',
    safety: 'Nothing is left to change.',
    sensitivity: [],
  };
}

function money(thousands: number): string {
  return thousands >= 1000
    ? `$${(thousands / 1000).toFixed(1)} million`
    : thousands >= 1
      ? `$${thousands.toFixed(thousands >= 10 ? 0 : 1)}k`
      : `$${Math.round(thousands * 1000)}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} % of draws`;
}
