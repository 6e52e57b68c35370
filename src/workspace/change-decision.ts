/** What a person decides about a proposed change: accept it, not now, or decline. Nobody decides that it is done: evidence does. */
import { createHash, randomUUID } from 'node:crypto';
import type { ChangeRecord } from '../engine/posture/assessment.ts';
import { StanceError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { applyProposed } from './change-policy.ts';

const DAY_MS = 86_400_000;
/** A declined change rests this long before it may be proposed again (controls.md section 5.4). */
const DECLINED_DAYS = 30;

export interface Decision {
  readonly action: 'accept' | 'not-now' | 'decline';
  readonly reason: string | null;
  readonly untilMs: number | null;
  readonly owner: string | null;
}

export async function decideChange(
  store: Store,
  key: string,
  decision: Decision,
  nowMs: number,
  actor = 'accepted change',
): Promise<ChangeRecord> {
  const assessment = await store.latestAssessment();
  const candidate = assessment?.candidates.find((entry) => entry.key === key);
  const changes = await store.listChanges();
  const held = changes.find((change) => change.key === key && change.state === 'accepted');
  if (candidate === undefined && held === undefined) {
    throw new StanceError('not-found', {
      message: `There is no proposed change ${key}.`,
      next: 'stance next shows the one change that is proposed now.',
    });
  }
  if (decision.action !== 'accept' && (decision.reason ?? '').trim() === '') {
    throw new StanceError('usage', {
      message: `Setting a change aside needs a reason.`,
      next: 'Give a reason (--reason "…"); it is kept beside the score.',
    });
  }
  if (decision.action === 'not-now' && (decision.untilMs === null || decision.untilMs <= nowMs)) {
    throw new StanceError('usage', { message: '“Not now” needs a date in the future.', next: 'Give --until YYYY-MM-DD.' });
  }
  const title = candidate?.title ?? held?.title ?? key;
  const owner = decision.owner ?? candidate?.owner ?? held?.owner ?? null;
  if (decision.action === 'accept') {
    // Accepting again would start the time of its proof anew.
    if (held !== undefined) throw new StanceError('conflict', { message: `“${title}” is accepted already.` });
    const open = changes.find((change) => change.state === 'accepted' && change.key !== key && change.owner === owner);
    if (open !== undefined) {
      throw new StanceError('conflict', {
        message: `${owner ?? 'This team'} already has one open change: “${open.title}”.`,
        next: 'Finish it, or set it aside with a reason: stance next not-now. One change at a time is the point.',
      });
    }
  }
  const policy = decision.action === 'accept' ? candidate?.policy : undefined;
  const version = policy === undefined ? null : await applyProposed(store, policy, actor, () => nowMs);
  const record: ChangeRecord = {
    id: held?.id ?? `chg_${randomUUID().slice(0, 8)}`,
    key,
    control: candidate?.control ?? held?.control ?? '',
    title,
    state: decision.action === 'accept' ? 'accepted' : decision.action === 'not-now' ? 'snoozed' : 'declined',
    owner,
    decidedMs: nowMs,
    untilMs:
      decision.action === 'not-now'
        ? decision.untilMs
        : decision.action === 'decline'
          ? (decision.untilMs ?? nowMs + DECLINED_DAYS * DAY_MS)
          : null,
    reason: decision.reason,
    frozen:
      candidate === undefined
        ? (held?.frozen ?? null)
        : {
            units: candidate.units,
            gainProven: candidate.gain.proven,
            doneWhen: candidate.doneWhen,
            evidenceDigest: createHash('sha256').update(JSON.stringify(candidate.evidence)).digest('hex'),
            draft: candidate.draft.text,
            ...(policy === undefined || version === null ? {} : { policyVersion: version, limits: policy.limits }),
          },
    checks: [],
    verifiedMs: null,
  };
  await store.putChange(record);
  return record;
}
