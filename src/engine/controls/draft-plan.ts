/** Drafts of plans and records: Markdown with every required part in place, and the line for stance.yaml at the end. */
import type { Draft, Facts, UnitResult } from './control.ts';
import { dayText } from './date.ts';
import { incidentPlanParts, sdlcAnchors } from './plan-parts.ts';

const planSafety = 'It is a document; no request is touched. Keep secrets and private telephone numbers out of the repository.';

function yamlLine(kind: string, location: string, facts: Facts, exercised = false): string {
  const date = dayText(facts.nowMs);
  return `\n---\nThen name it in stance.yaml:\n\n\`\`\`yaml\nplans:\n  ${kind}:\n    location: ${location}\n    owner: <id>\n    reviewed-on: ${date}${exercised ? `\n    exercised-on: ${date}` : ''}\n\`\`\`\n`;
}

export function incidentPlanDraft(facts: Facts): Draft {
  const hosts = [...new Set(facts.operations.flatMap((one) => one.hosts))].sort().slice(0, 10);
  const restricted = [...new Set(facts.operations.filter((one) => one.dataLevel?.value === 'restricted').map((one) => one.service))].sort();
  const name = facts.settings.organisation.name ?? '<organisation>';
  const say: Readonly<Record<string, string>> = {
    goals: `Limit harm to people and customers first, then restore service, then learn. It covers ${hosts.length > 0 ? hosts.join(', ') : 'every API host'}${restricted.length > 0 ? `, above all restricted data in ${restricted.join(', ')}` : ''}.`,
    roles: 'The commander leads and may switch off any API without asking: <name>, deputy <name>. Notes are kept by <name>.',
    contacts:
      'First call: <telephone>. Legal: <name, telephone>. Outside forensics: <company, contract number>. Gateway provider: <support line>.',
    triage:
      'Severity 1: restricted data leaves, or an administrator account is taken. Severity 2: one customer is affected. Severity 3: an attempt that failed. Class an event within 4 hours and write down why.',
    containment:
      'Revoke the key or token; limit or block the caller at the gateway; close the operation; isolate the host. Write down who may do each and how long it takes.',
    communication: 'Inside: <channel that works when ours is down>. Outside: only <name> makes statements; the status page is <address>.',
    notification:
      'List each authority, customer contract and insurer that must be notified, what starts the clock, and how long it runs (24, 36, 72 hours).',
    evidence: 'Copy logs before anything is restarted; keep who took what and when; do not clean a host before it is copied.',
    recovery:
      'Restore from backup <where>, check integrity, rotate every credential that was in reach, and watch the operation for 14 days.',
    lessons: 'Within 14 days find the root cause, decide actions with owner and date, and review this plan.',
    'api-cases':
      'Leaked key: revoke, find its calls, notify. Record scraping: limit by caller, count the records. Account takeover: lock, reset, tell the user. Flood: limit, scale, ask the provider. Bad supplier: cut the call, use the fallback.',
  };
  const parts = incidentPlanParts.map((part, at) => `## ${at + 1}. ${capital(part.title)}\n\n${say[part.id] ?? '<write it>'}\n`);
  return {
    language: 'markdown',
    file: 'docs/incident-plan.md',
    text: `# Incident plan of ${name}\n\nOwner: <name>. Reviewed: ${dayText(facts.nowMs)}. A copy is kept out of band at <paper, phone, second provider>.\n\n${parts.join('\n')}${yamlLine('incident-response', 'docs/incident-plan.md', facts)}`,
    safety: planSafety,
  };
}

export function sdlcDraft(facts: Facts): Draft {
  const environments = facts.settings.environments.map((one) => one.name).join(', ');
  const say: Readonly<Record<string, string>> = {
    model:
      'Stages: idea, design, build, review, test, release, watch. A change passes each; who may skip one and where that is written: <name, place>.',
    classification: 'Data is public, internal, confidential or restricted. <Data steward> decides; the label stands in the specification.',
    purpose: 'Each API states its purpose, its users and when it may end, in stance.yaml.',
    separation: `Environments: ${environments || '<production, test>'}. They share no account, key or data.`,
    tests: 'Unit tests, contract lint, negative access tests, a scan and a load test; what must pass before release: <list>.',
    documents: 'Specifications live beside the code in <repository>; documentation at <address>, published by the pipeline.',
  };
  const parts = sdlcAnchors.map((part) => `## ${capital(part.title)}\n\n${say[part.id] ?? '<write it>'}\n`);
  return {
    language: 'markdown',
    file: 'docs/sdlc.md',
    text: `# How we build APIs\n\nOwner: <name>. Reviewed: ${dayText(facts.nowMs)}.\n\n${parts.join('\n')}${yamlLine('sdlc', 'docs/sdlc.md', facts)}`,
    safety: planSafety,
  };
}

export function drillDraft(facts: Facts): Draft {
  const target = facts.operations.find((one) => one.dataLevel?.value === 'restricted') ?? facts.operations[0];
  const what = target === undefined ? 'your most exposed operation' : `${target.method} ${target.template} of ${target.service}`;
  return {
    language: 'markdown',
    file: 'docs/incident-drill.md',
    text: `# One-hour incident drill\n\nStory: one partner token has been reading ${what} for nine days, sixty records a day.\n\n| Step | Who | Planned | Took |\n|--|--|--|--|\n| The signal reaches a person | on call | 15 min | |\n| Commander named, notes opened | commander | 5 min | |\n| Scope: which records, since when | platform | 20 min | |\n| Contain: token revoked, caller limited | platform | 10 min | |\n| Decide: whom to tell, clock starts at | legal | 10 min | |\n| Draft of the notice | communications | 15 min | |\n\nWhat failed:\n\nActions (owner, date, at most 90 days):\n${yamlLine('incident-response', '<where the plan is>', facts, true)}`,
    safety: 'Play it at the table: nothing is touched. Tell on-call beforehand if you page for real.',
  };
}

const planTitles: Readonly<Record<string, readonly [title: string, text: string]>> = {
  resources: [
    'People, time and budget for API security',
    '| Duty | Person | Hours a week | Missing |\n|--|--|--|--|\n| Lead | <name> | | |\n| Fixing findings | <team> | | |\n| Training | all who change APIs | | |\n\nAsk: <people, hours, money>, because <open high findings, overdue since>.\nAnswer of the senior body: <yes, no, later>, on <date>.',
  ],
  'leadership-report': [
    'API security report',
    '1. Are we exposed? <sentence with numbers>\n2. Can we recover? <last exercise, restore>\n3. Are we doing what we said? <Proven now and last quarter>\n\nRisks, events, plans: <list>\n\nDecision asked for: <one>\nDecision taken: <yes or no, who, date>',
  ],
  notification: [
    'Whom we tell after an incident',
    '| Whom | Why | Clock starts when | Within | Channel | Template | Owner |\n|--|--|--|--|--|--|--|\n| <data protection authority> | <law> | we are aware | 72 h | | | |\n| <customers by contract> | <contract> | | | | | |\n| <insurer> | <policy> | | | | | |',
  ],
  'risk-assessment': [
    'Risk assessment of our APIs',
    'For each loss: how often in ten years, how much, what holds it back.\n\n| Loss | How often | How much | Controls | Decision |\n|--|--|--|--|--|\n| Stolen passwords tried at the sign-in | | | | |\n| One customer reads records of others | | | | |\n| A forgotten API is found | | | | |\n| Real data leaks from test | | | | |\n| An administrator account is taken | | | | |\n| A machine key leaks | | | | |\n| A supplier API is breached | | | | |\n| A flood, or a bill | | | | |\n| Records leave slowly | | | | |\n| A notice is late | | | | |\n\nSigned: <name>, <date>',
  ],
  restore: [
    'Restore exercise',
    '| What | From | Into | Integrity checked by | Took | Allowed |\n|--|--|--|--|--|--|\n| Configuration | | | | | |\n| Keys | | | | | |\n| Data | | | checksum | | |\n\nWhat failed, owner, date:',
  ],
};

/** For the plans that are a table to fill in: which one is read off the unit. */
export function planDraft(facts: Facts, units: readonly UnitResult[]): Draft {
  const kind = Object.keys(planTitles).find((one) => units.some((unit) => unit.unit.startsWith(`organisation:${one}-`))) ?? 'resources';
  const [title, text] = planTitles[kind] ?? ['', ''];
  return {
    language: 'markdown',
    file: `docs/${kind}.md`,
    text: `# ${title}\n\nOwner: <name>. Reviewed: ${dayText(facts.nowMs)}.\n\n${text}\n${yamlLine(kind, `docs/${kind}.md`, facts, kind === 'restore')}`,
    safety: planSafety,
  };
}

export function testDataDraft(): Draft {
  return checklist(
    'docs/test-data.md',
    'Test data of its own',
    [
      'Name every place where test holds data: databases, queues, caches, logs, mail.',
      'Write a generator with a fixed seed; use reserved ranges (example.com, test card numbers) so that made-up values are known as such.',
      'Purge what was copied from production, and rotate secrets that were copied with it.',
      'Take away the right to restore or export production data into test.',
      'Plant 50 made-up customers in production that are in no seed script: seeing one in test proves a copy.',
    ],
    'Back up what the tests still need before purging.',
  );
}

export function separationDraft(facts: Facts): Draft {
  const hosts =
    facts.settings.environments.map((one) => `${one.name}: ${one.hosts.join(', ')}`).join('; ') || '<hosts of each environment>';
  return checklist(
    'docs/separation.md',
    'Test and production apart',
    [
      `Give each environment its own hosts and accounts (${hosts}).`,
      'Use another token issuer, audience and signing key in test; send a test token to production and a production token to test: both must be refused.',
      'Compare keys and secrets of both vaults by fingerprint: none may be in both.',
      'Close network paths between them except the ones written down.',
      'Point webhooks, mail and payment of test to sandboxes.',
    ],
    'Refusing tokens of the other side can break forgotten integrations: look at the traffic of both for a week first.',
  );
}

export function secondFactorDraft(): Draft {
  return checklist(
    'docs/gateway-access.md',
    'Who may change the gateway',
    [
      'List everyone who can change the gateway, its repository, its pipeline and its secrets.',
      'Give each a named account; end shared ones, and rotate what was shared.',
      'Require a second factor in the identity provider, a passkey or security key for administrators.',
      'Keep at most two emergency accounts, sealed, with an alert on use.',
      'Hand out administrator rights for hours, with a reason, and log it.',
    ],
    'Turn the rule on for one group first, and keep one sealed emergency account, so that nobody is locked out.',
  );
}

export function securityTxtDraft(facts: Facts): Draft {
  const host =
    [...new Set(facts.operations.filter((one) => one.audience?.value === 'public').flatMap((one) => one.hosts))].sort()[0] ?? '<host>';
  return {
    language: 'markdown',
    file: '.well-known/security.txt',
    text: `Serve this at https://${host}/.well-known/security.txt (RFC 9116), then send a test report and time the answer:\n\n    Contact: mailto:<security@your-domain>\n    Expires: ${dayText(facts.nowMs + 364 * 86_400_000)}T00:00:00Z\n    Preferred-Languages: en\n    Policy: <address of your disclosure policy>\n`,
    safety: 'A static file; make sure that somebody reads the mailbox.',
  };
}

function checklist(file: string, title: string, steps: readonly string[], safety: string): Draft {
  return { language: 'markdown', file, text: `# ${title}\n\n${steps.map((step) => `- [ ] ${step}`).join('\n')}\n`, safety };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
