import { describe, expect, it } from 'vitest';
import { assess } from '../assess.ts';
import type { Finding } from '../evidence/finding.ts';
import type { Outcome } from '../posture/assessment.ts';
import { catalogue, controlOf } from './catalogue.ts';
import type { Facts } from './control.ts';
import { dayMs, dayText, hourMs } from './date.ts';
import {
  answersWith,
  apiWith,
  declaredWith,
  documentWith,
  factsWith,
  nowMs,
  operationWith,
  settingsWith,
  sourceWith,
  trafficWith,
} from './facts.fixture.ts';
import { guardSettings, guardWith, jwtWith } from './guard-facts.fixture.ts';
import { incidentRoles } from './roles.ts';

/** What one control says of these facts, and nothing else. */
function outcomeOf(id: string, facts: Facts): Outcome {
  return assess(facts, { controls: [controlOf(id)], draws: 20 }).controls[0]?.outcome ?? 'unknown';
}

type Row = readonly [control: string, expected: Outcome, what: string, facts: Facts];

const day = (daysFromNow: number): string => dayText(nowMs + daysFromNow * dayMs);
const people = [
  { id: 'mara', name: 'Mara', team: 'orders', active: true },
  { id: 'jonas', name: 'Jonas', team: 'orders', active: true },
  { id: 'vera', name: 'Vera', team: 'legal', active: false },
];
const lead = { role: 'api-security-lead', person: 'mara', deputy: 'jonas', acceptedOn: day(-10), alsoBuilds: false };
const withRole = (parts: Partial<typeof lead> | { [key: string]: unknown }, others: Partial<Facts> = {}): Facts =>
  factsWith({ ...others, settings: settingsWith({ people, roles: [{ ...lead, ...parts }] }) });
const withPlan = (kind: string, parts: Partial<Facts['settings']['plans'][number]> = {}): Facts =>
  factsWith({
    settings: settingsWith({
      plans: [{ kind, location: `docs/${kind}.md`, owner: 'mara', reviewedOn: day(-10), exercisedOn: null, ...parts }],
    }),
  });
const signed = (control: string, parts: Partial<Facts['settings']['attestations'][number]> = {}) => ({
  control,
  by: 'mara',
  on: day(-5),
  until: day(60),
  statement: 'It holds.',
  link: null,
  share: 1,
  ...parts,
});

const peopleRows: readonly Row[] = [
  ['PPL-01', 'met', 'an active lead and deputy who accepted', withRole({})],
  ['PPL-01', 'failing', 'a lead without deputy', withRole({ deputy: null })],
  ['PPL-01', 'failing', 'a lead who left', withRole({ person: 'vera' })],
  ['PPL-01', 'failing', 'a lead who accepted more than a year ago', withRole({ acceptedOn: day(-400) })],
  ['PPL-01', 'unknown', 'an acceptance dated in the future', withRole({ acceptedOn: day(3) })],
  ['PPL-01', 'failing', 'the answer nobody', factsWith({ settings: answersWith({ lead: 'nobody' }) })],
  ['PPL-01', 'unknown', 'the answer that somebody leads, without a deputy', factsWith({ settings: answersWith({ lead: 'independent' }) })],
  ['PPL-01', 'unknown', 'the answer don’t know', factsWith({ settings: answersWith({ lead: 'unknown' }) })],
  ['PPL-01', 'unknown', 'nothing said', factsWith()],
  ['PPL-02', 'met', 'a lead who does not build', withRole({})],
  ['PPL-02', 'failing', 'a lead who also builds', withRole({ alsoBuilds: true })],
  ['PPL-02', 'failing', 'a lead who says no and is code owner', withRole({}, { owners: [{ pattern: '/src', owners: ['@Mara'] }] })],
  [
    'PPL-02',
    'met',
    'a lead who builds under a signed exception',
    factsWith({ settings: settingsWith({ people, roles: [{ ...lead, alsoBuilds: true }], attestations: [signed('PPL-02')] }) }),
  ],
  [
    'PPL-02',
    'failing',
    'a lead who builds under an exception that ended',
    factsWith({
      settings: settingsWith({
        people,
        roles: [{ ...lead, alsoBuilds: true }],
        attestations: [signed('PPL-02', { on: day(-90), until: day(-2) })],
      }),
    }),
  ],
  ['PPL-02', 'failing', 'the answer that the lead builds', factsWith({ settings: answersWith({ lead: 'also-builds' }) })],
  ['PPL-02', 'unknown', 'a lead of whom nothing is said', withRole({ alsoBuilds: null })],
  ['PPL-03', 'unknown', 'a plan, while overdue work is not known', withPlan('resources')],
  ['PPL-03', 'failing', 'a plan older than a year', withPlan('resources', { reviewedOn: day(-400) })],
  [
    'PPL-04',
    'met',
    'a team of two active people',
    factsWith({
      settings: settingsWith({ people }),
      operations: [operationWith('a', { owner: { value: '@acme/orders', from: 'CODEOWNERS', confidence: 1 } })],
    }),
  ],
  [
    'PPL-04',
    'failing',
    'one active person behind the owner',
    factsWith({
      settings: settingsWith({ people }),
      operations: [operationWith('a', { owner: { value: 'mara', from: 'CODEOWNERS', confidence: 1 } })],
    }),
  ],
  [
    'PPL-04',
    'failing',
    'no owner, where owners of other services are known',
    factsWith({ owners: [{ pattern: '/other', owners: ['@x'] }], operations: [operationWith('a')] }),
  ],
  ['PPL-04', 'unknown', 'no owner, where nothing says who owns what', factsWith({ operations: [operationWith('a')] })],
  [
    'PPL-04',
    'unknown',
    'an owner of whom no people are known',
    factsWith({ operations: [operationWith('a', { owner: { value: '@acme/blue', from: 'CODEOWNERS', confidence: 1 } })] }),
  ],
  ['PPL-05', 'failing', 'the answer nobody', factsWith({ settings: answersWith({ dataSteward: 'nobody' }) })],
  [
    'PPL-05',
    'failing',
    'a vacant role',
    factsWith({ settings: settingsWith({ roles: [{ ...lead, role: 'data-steward', person: null }] }) }),
  ],
  [
    'PPL-05',
    'unknown',
    'a steward, while no decision is recorded',
    factsWith({ settings: settingsWith({ people, roles: [{ ...lead, role: 'data-steward' }] }) }),
  ],
  [
    'PPL-05',
    'met',
    'a steward, and a signed statement for the decisions',
    factsWith({ settings: settingsWith({ people, roles: [{ ...lead, role: 'data-steward' }], attestations: [signed('PPL-05')] }) }),
  ],
  [
    'PPL-07',
    'unknown',
    'two people in each role, never paged',
    factsWith({ settings: settingsWith({ people, roles: incidentRoles.map((role) => ({ ...lead, role })) }) }),
  ],
  [
    'PPL-07',
    'met',
    'two people in each role, and a signed page test',
    factsWith({
      settings: settingsWith({ people, roles: incidentRoles.map((role) => ({ ...lead, role })), attestations: [signed('PPL-07')] }),
    }),
  ],
  [
    'PPL-07',
    'failing',
    'one person in a role',
    factsWith({ settings: settingsWith({ people, roles: [{ ...lead, role: 'incident-commander', deputy: null }] }) }),
  ],
  ['PPL-07', 'unknown', 'nobody named', factsWith()],
  [
    'PPL-09',
    'met',
    'a consumed API with supplier, owner and contract',
    factsWith({
      settings: settingsWith({ apis: [apiWith('maps', { audience: 'consumed', supplier: 'Maps', owner: 'mara', renewal: day(100) })] }),
    }),
  ],
  [
    'PPL-09',
    'failing',
    'a contract that ended',
    factsWith({
      settings: settingsWith({ apis: [apiWith('maps', { audience: 'consumed', supplier: 'Maps', owner: 'mara', renewal: day(-1) })] }),
    }),
  ],
  ['PPL-09', 'unknown', 'no outside API named', factsWith({ settings: settingsWith({ apis: [apiWith('own', { audience: 'public' })] }) })],
  ['PPL-10', 'met', 'a report of this year', withPlan('leadership-report')],
  ['PPL-10', 'failing', 'a report of last year', withPlan('leadership-report', { reviewedOn: day(-380) })],
  ['PPL-10', 'unknown', 'no report', factsWith()],
];

const allParts = [
  'goals',
  'roles',
  'contacts',
  'triage',
  'containment',
  'communication',
  'notification',
  'evidence',
  'recovery',
  'lessons',
  'api-cases',
];
const anchors = ['model', 'classification', 'purpose', 'separation', 'tests', 'documents'];
const finding = (parts: Partial<Finding>): Finding => ({
  id: 'F-aaaaaaaa',
  rule: 'gateway.default',
  severity: 'high',
  title: 'Limits count per node',
  detail: '',
  fix: 'Use a shared counter.',
  subject: 'kong.yaml',
  places: [],
  evidence: [],
  controls: ['TEC-05'],
  ...parts,
});
const spec = documentWith('openapi.yaml', { operations: [declaredWith('GET', '/v1/a')] });
const waiver = (parts: Partial<Facts['settings']['waivers'][number]>) =>
  factsWith({ settings: settingsWith({ waivers: [{ id: 'F-aaaaaaaa', until: day(30), because: 'later', owner: 'mara', ...parts }] }) });

const processRows: readonly Row[] = [
  ['PRC-01', 'unknown', 'a whole plan, without a copy out of band', withPlan('incident-response', { parts: allParts })],
  [
    'PRC-01',
    'met',
    'a whole plan, and a signed statement for the copy',
    factsWith({
      settings: settingsWith({
        attestations: [signed('PRC-01')],
        plans: [{ kind: 'incident-response', location: 'x', owner: 'mara', reviewedOn: day(-9), exercisedOn: null, parts: allParts }],
      }),
    }),
  ],
  ['PRC-01', 'failing', 'a plan that lacks contacts', withPlan('incident-response', { parts: allParts.slice(3) })],
  ['PRC-01', 'failing', 'a plan nobody owns', withPlan('incident-response', { owner: null })],
  ['PRC-01', 'failing', 'the answer none', factsWith({ settings: answersWith({ incidentPlan: 'none' }) })],
  ['PRC-01', 'unknown', 'the answer written', factsWith({ settings: answersWith({ incidentPlan: 'written' }) })],
  ['PRC-02', 'met', 'an exercise this year', withPlan('incident-response', { exercisedOn: day(-200) })],
  [
    'PRC-02',
    'failing',
    'an exercise older than 180 days, with restricted data',
    {
      ...withPlan('incident-response', { exercisedOn: day(-200) }),
      operations: [operationWith('a', { dataLevel: { value: 'restricted', from: 'stance.yaml', confidence: 1 } })],
    },
  ],
  ['PRC-02', 'failing', 'the answer written, not exercised', factsWith({ settings: answersWith({ incidentPlan: 'written' }) })],
  ['PRC-02', 'met', 'the answer exercised, as a claim', factsWith({ settings: answersWith({ incidentPlan: 'written-and-exercised' }) })],
  ['PRC-02', 'unknown', 'an exercise dated in the future', withPlan('incident-response', { exercisedOn: day(5) })],
  ['PRC-03', 'met', 'a list reviewed this half year', withPlan('notification')],
  ['PRC-03', 'failing', 'a list older than that', withPlan('notification', { reviewedOn: day(-200) })],
  ['PRC-03', 'unknown', 'no list', factsWith()],
  ['PRC-06', 'met', 'a whole SDLC reviewed this year', withPlan('sdlc', { parts: anchors })],
  ['PRC-06', 'failing', 'an SDLC without tests', withPlan('sdlc', { parts: anchors.slice(0, 4) })],
  ['PRC-06', 'unknown', 'an SDLC whose text was not read', withPlan('sdlc')],
  ['PRC-06', 'failing', 'the answer docs only', factsWith({ settings: answersWith({ sdlcAndDocs: 'docs-only' }) })],
  [
    'PRC-08',
    'met',
    'purpose and audience',
    factsWith({
      operations: [operationWith('a')],
      settings: settingsWith({ apis: [apiWith('orders', { purpose: 'Orders', audience: 'public' })] }),
    }),
  ],
  [
    'PRC-08',
    'failing',
    'no purpose',
    factsWith({ operations: [operationWith('a')], settings: settingsWith({ apis: [apiWith('orders')] }) }),
  ],
  ['PRC-08', 'unknown', 'no API described', factsWith({ operations: [operationWith('a')] })],
  [
    'PRC-16',
    'met',
    'one valid specification and a home for documents',
    { ...withPlan('documentation'), operations: [operationWith('a')], documents: [spec] },
  ],
  [
    'PRC-16',
    'failing',
    'a service without specification beside one with',
    { ...withPlan('documentation'), operations: [operationWith('a'), operationWith('b', { service: 'blue' })], documents: [spec] },
  ],
  [
    'PRC-16',
    'failing',
    'two rival specifications',
    {
      ...withPlan('documentation'),
      operations: [operationWith('a', { drift: [{ kind: 'spec-rival', severity: 'medium', text: 'two', between: ['spec'] }] })],
      documents: [spec],
    },
  ],
  ['PRC-16', 'unknown', 'no specification at all', factsWith({ operations: [operationWith('a')] })],
  [
    'PRC-17',
    'met',
    'a clean specification behind a gate',
    factsWith({ documents: [spec], settings: settingsWith({ gate: { new: 'high', onError: 'fail' } }) }),
  ],
  ['PRC-17', 'unknown', 'a clean specification without a gate', factsWith({ documents: [spec] })],
  [
    'PRC-17',
    'failing',
    'an operation that says nothing of security',
    factsWith({ documents: [documentWith('openapi.yaml', { operations: [declaredWith('GET', '/v1/a', { security: null })] })] }),
  ],
  [
    'PRC-17',
    'failing',
    'an operation without error answers',
    factsWith({ documents: [documentWith('openapi.yaml', { operations: [declaredWith('GET', '/v1/a', { statuses: ['200'] })] })] }),
  ],
  ['PRC-17', 'unknown', 'no specification', factsWith()],
  ['PRC-18', 'met', 'one version, declared and called', factsWith({ operations: [operationWith('a')], documents: [spec] })],
  [
    'PRC-18',
    'failing',
    'deprecated without a date',
    factsWith({ operations: [operationWith('a', { deprecated: true })], documents: [spec] }),
  ],
  [
    'PRC-18',
    'met',
    'deprecated with a date ahead',
    factsWith({ operations: [operationWith('a', { deprecated: true, sunset: day(40) })], documents: [spec] }),
  ],
  [
    'PRC-18',
    'failing',
    'answered after its sunset',
    factsWith({ operations: [operationWith('a', { sunset: day(-40) })], documents: [spec] }),
  ],
  [
    'PRC-18',
    'failing',
    'version 9 beside version 10 without an end',
    factsWith({
      operations: [operationWith('a', { template: '/v9/a' }), operationWith('b', { template: '/b', version: '10.1.0' })],
      documents: [spec],
    }),
  ],
  ['PRC-18', 'unknown', 'no specification', factsWith({ operations: [operationWith('a')] })],
  ['PRC-19', 'met', 'a waiver with owner, reason and end', waiver({})],
  ['PRC-19', 'met', 'a waiver on its last day', waiver({ until: day(0) })],
  ['PRC-19', 'failing', 'a waiver past its end', waiver({ until: day(-1) })],
  ['PRC-19', 'failing', 'a waiver without reason', waiver({ because: ' ' })],
  ['PRC-19', 'failing', 'a waiver of a high finding beyond 90 days', { ...waiver({ until: day(120) }), findings: [finding({})] }],
  ['PRC-19', 'failing', 'a waiver beyond a year', waiver({ until: day(400) })],
  ['PRC-19', 'unknown', 'no waiver', factsWith()],
  ['PRC-20', 'met', 'an assessment of this year', withPlan('risk-assessment')],
  ['PRC-20', 'failing', 'an assessment of last year', withPlan('risk-assessment', { reviewedOn: day(-366) })],
  ['PRC-20', 'unknown', 'none', factsWith()],
  ['PRC-22', 'met', 'a restore this year', withPlan('restore', { exercisedOn: day(-30) })],
  ['PRC-22', 'failing', 'a restore of last year', withPlan('restore', { exercisedOn: day(-380) })],
  ['PRC-22', 'unknown', 'never restored', withPlan('restore')],
  [
    'PRC-14',
    'met',
    'a signed report, since nothing else can show it yet',
    factsWith({ settings: settingsWith({ attestations: [signed('PRC-14')] }) }),
  ],
  [
    'PRC-14',
    'failing',
    'a report that covers half',
    factsWith({ settings: settingsWith({ attestations: [signed('PRC-14', { share: 0.5 })] }) }),
  ],
  [
    'PRC-14',
    'unknown',
    'a report past its end',
    factsWith({ settings: settingsWith({ attestations: [signed('PRC-14', { until: day(-1) })] }) }),
  ],
  ['PRC-14', 'unknown', 'a report nobody signed', factsWith({ settings: settingsWith({ attestations: [signed('PRC-14', { by: ' ' })] }) })],
  [
    'PRC-14',
    'unknown',
    'a report stretched beyond what the control allows',
    factsWith({ settings: settingsWith({ attestations: [signed('PRC-14', { on: day(-366), until: day(300) })] }) }),
  ],
];

const both = { operations: [operationWith('a')], documents: [spec], sources: [sourceWith('s1')] };
const auth = (parts: Partial<Facts['operations'][number]['auth']>) => ({
  declared: null,
  seen: {},
  judged: 1000,
  okWithout: 0,
  okJudged: 900,
  ...parts,
});
const limit = { value: { requests: 60, windowSeconds: 60, by: 'identity' }, from: 'gateway', confidence: 1 };
const gateway = documentWith('kong.yaml', { format: 'kong-declarative' });
const prod = { name: 'prod', kind: 'production', hosts: ['api.acme.example'] } as const;
const test = { name: 'test', kind: 'test', hosts: ['api.test.acme.example'] } as const;
const completeness = (lowerShare: number) => ({
  ...factsWith(both).inventory,
  completeness: { bySpec: 10, byTraffic: 10, both: 9, estimate: 11, low: 10, high: 12, lowerShare },
});
const place = { file: 'kong.yaml', line: 3 };

const technologyRows: readonly Row[] = [
  ['TEC-01', 'met', 'two kinds of source and a complete inventory', factsWith({ ...both, inventory: completeness(0.97) })],
  ['TEC-01', 'failing', 'an inventory that may lack a tenth', factsWith({ ...both, inventory: completeness(0.9) })],
  ['TEC-01', 'failing', 'one kind of source', factsWith({ sources: [sourceWith('s1')] })],
  ['TEC-01', 'unknown', 'no source', factsWith()],
  [
    'TEC-01',
    'stale',
    'sources not heard for three days',
    factsWith({ ...both, sources: [sourceWith('s1', { lastMs: nowMs - 72 * hourMs })], inventory: completeness(0.97) }),
  ],
  ['TEC-02', 'met', 'declared and called', factsWith(both)],
  [
    'TEC-02',
    'failing',
    'called for 40 days and not declared',
    factsWith({ ...both, operations: [operationWith('a', { state: 'shadow' })] }),
  ],
  [
    'TEC-02',
    'unknown',
    'one of a hundred found yesterday',
    factsWith({
      ...both,
      operations: [
        ...Array.from({ length: 99 }, (_, at) => operationWith(`a${at}`)),
        operationWith('new', { state: 'shadow', traffic: trafficWith({ firstMs: nowMs - dayMs }) }),
      ],
    }),
  ],
  [
    'TEC-02',
    'failing',
    'one of ten found yesterday: more than 2 % drift',
    factsWith({
      ...both,
      operations: [
        ...Array.from({ length: 9 }, (_, at) => operationWith(`a${at}`)),
        operationWith('new', { state: 'shadow', traffic: trafficWith({ firstMs: nowMs - dayMs }) }),
      ],
    }),
  ],
  [
    'TEC-02',
    'met',
    'a shadow nobody has called for 31 days of watching',
    factsWith({
      ...both,
      operations: [operationWith('b'), operationWith('a', { state: 'shadow', traffic: trafficWith({ lastMs: nowMs - 40 * dayMs }) })],
    }),
  ],
  [
    'TEC-02',
    'unknown',
    'traffic without specification',
    factsWith({ operations: [operationWith('a', { state: 'shadow' })], sources: [sourceWith('s1')] }),
  ],
  [
    'TEC-02',
    'unknown',
    'unused in 40 days of watching',
    factsWith({ ...both, operations: [operationWith('a', { state: 'unused', traffic: null })] }),
  ],
  [
    'TEC-02',
    'failing',
    'unused in 100 days of watching',
    factsWith({
      ...both,
      operations: [operationWith('a', { state: 'unused', traffic: null })],
      sources: [sourceWith('s1', { firstMs: nowMs - 100 * dayMs })],
    }),
  ],
  [
    'TEC-03',
    'met',
    'all five facts',
    factsWith({
      operations: [
        operationWith('a', {
          owner: { value: 'x', from: 'spec', confidence: 1 },
          environments: [prod],
          audience: { value: 'public', from: 'stance.yaml', confidence: 1 },
          version: 'v1',
          dataLevel: { value: 'internal', from: 'stance.yaml', confidence: 1 },
        }),
      ],
    }),
  ],
  ['TEC-03', 'failing', 'no facts', factsWith({ operations: [operationWith('a')] })],
  ['TEC-03', 'unknown', 'no operation', factsWith()],
  ['TEC-05', 'met', 'a gateway without findings', factsWith({ documents: [gateway] })],
  [
    'TEC-05',
    'failing',
    'a gateway with a serious default',
    factsWith({ documents: [documentWith('kong.yaml', { format: 'kong-declarative', findings: [finding({})] })] }),
  ],
  [
    'TEC-05',
    'failing',
    'a debug door that answers',
    factsWith({ documents: [gateway], operations: [operationWith('a', { template: '/actuator/env' })] }),
  ],
  ['TEC-05', 'unknown', 'no gateway configuration', factsWith({ operations: [operationWith('a')] })],
  [
    'TEC-06',
    'met',
    'hosts of production and test, labelled',
    factsWith({
      operations: [operationWith('a', { hosts: [...prod.hosts, ...test.hosts] })],
      settings: settingsWith({ environments: [prod, test] }),
    }),
  ],
  [
    'TEC-06',
    'failing',
    'a host in no environment',
    factsWith({ operations: [operationWith('a', { hosts: ['x.acme.example'] })], settings: settingsWith({ environments: [prod] }) }),
  ],
  [
    'TEC-06',
    'failing',
    'a host labelled production and named staging',
    factsWith({
      operations: [operationWith('a', { hosts: ['staging.acme.example'] })],
      settings: settingsWith({ environments: [{ ...prod, hosts: ['staging.acme.example'] }, test] }),
    }),
  ],
  [
    'TEC-06',
    'failing',
    'the answer shared',
    factsWith({ operations: [operationWith('a')], settings: answersWith({ environments: 'shared' }) }),
  ],
  [
    'TEC-06',
    'unknown',
    'only production',
    factsWith({ operations: [operationWith('a')], settings: settingsWith({ environments: [prod] }) }),
  ],
  ['TEC-07', 'failing', 'the answer shared', factsWith({ settings: answersWith({ environments: 'shared' }) })],
  [
    'TEC-07',
    'failing',
    'one host in two environments',
    factsWith({ settings: settingsWith({ environments: [prod, { ...test, hosts: prod.hosts }] }) }),
  ],
  [
    'TEC-07',
    'unknown',
    'the answer separate, which is a word only',
    factsWith({ settings: answersWith({ environments: 'separate-with-own-data' }) }),
  ],
  ['TEC-08', 'failing', 'the answer shared data', factsWith({ settings: answersWith({ environments: 'separate-shared-data' }) })],
  [
    'TEC-08',
    'unknown',
    'the answer own data, which is a word only',
    factsWith({ settings: answersWith({ environments: 'separate-with-own-data' }) }),
  ],
  [
    'TEC-08',
    'unknown',
    'a signed statement, which cannot pass a critical technical control',
    factsWith({ settings: settingsWith({ attestations: [signed('TEC-08')] }) }),
  ],
  [
    'TEC-13',
    'met',
    'declared fields only, in enough answers',
    factsWith({
      operations: [
        operationWith('a', {
          fieldsDeclared: { request: [], response: [{ path: '$.id', type: 'string', required: true, dataClass: null }] },
          fieldsSeen: { request: [], response: [{ path: '$.id', type: 'string' }] },
        }),
      ],
    }),
  ],
  [
    'TEC-13',
    'failing',
    'a field nobody declared',
    factsWith({
      operations: [
        operationWith('a', {
          fieldsDeclared: { request: [], response: [{ path: '$.id', type: 'string', required: true, dataClass: null }] },
          fieldsSeen: { request: [], response: [{ path: '$.ssn', type: 'string' }] },
          drift: [
            {
              kind: 'field-undeclared',
              severity: 'medium',
              text: '1 response field not in the spec: $.ssn.',
              between: ['spec', 'traffic'],
            },
          ],
        }),
      ],
    }),
  ],
  ['TEC-13', 'unknown', 'no bodies', factsWith({ operations: [operationWith('a')] })],
  ['TEC-14', 'met', 'calls over TLS', factsWith({ operations: [operationWith('a', { overTls: 1000 })] })],
  ['TEC-14', 'failing', 'calls over plain HTTP', factsWith({ operations: [operationWith('a', { plainHttp: 7 })] })],
  [
    'TEC-14',
    'unknown',
    'plain calls that were only sent on',
    factsWith({ operations: [operationWith('a', { plainHttp: 7, traffic: trafficWith({ statusMix: { '3xx': 7, '2xx': 900 } }) })] }),
  ],
  ['TEC-14', 'unknown', '58 calls over TLS: one too few to prove 95 %', factsWith({ operations: [operationWith('a', { overTls: 58 })] })],
  ['TEC-14', 'met', '59 calls over TLS', factsWith({ operations: [operationWith('a', { overTls: 59 })] })],
  [
    'TEC-14',
    'met',
    'a route that demands TLS',
    factsWith({
      operations: [operationWith('a', { declared: [{ format: 'kong-declarative', place, document: 'd' }] })],
      documents: [
        documentWith('kong.yaml', { format: 'kong-declarative', operations: [declaredWith('*', '/v1/a', { tlsRequired: true, place })] }),
      ],
    }),
  ],
  [
    'TEC-14',
    'failing',
    'a route that takes plain HTTP',
    factsWith({
      operations: [operationWith('a', { declared: [{ format: 'kong-declarative', place, document: 'd' }] })],
      documents: [
        documentWith('kong.yaml', { format: 'kong-declarative', operations: [declaredWith('*', '/v1/a', { tlsRequired: false, place })] }),
      ],
    }),
  ],
  ['TEC-16', 'met', 'no credential in a thousand addresses', factsWith({ operations: [operationWith('a', { queryNames: ['page'] })] })],
  ['TEC-16', 'failing', 'a credential in an address', factsWith({ operations: [operationWith('a', { credentialInUrl: 1 })] })],
  ['TEC-16', 'unknown', 'a source that shows no queries', factsWith({ operations: [operationWith('a')] })],
  [
    'TEC-16',
    'unknown',
    'too few calls',
    factsWith({ operations: [operationWith('a', { queryNames: ['page'], traffic: trafficWith({ count: 58 }) })] }),
  ],
  ['TEC-17', 'failing', 'the answer without a second factor', factsWith({ settings: answersWith({ gatewayAccess: 'named-without-2fa' }) })],
  ['TEC-17', 'failing', 'the answer shared', factsWith({ settings: answersWith({ gatewayAccess: 'shared' }) })],
  [
    'TEC-17',
    'unknown',
    'the answer with a second factor, which is a word only',
    factsWith({ settings: answersWith({ gatewayAccess: 'named-with-2fa' }) }),
  ],
  ['TEC-18', 'met', 'all good answers to calls with a credential', factsWith({ operations: [operationWith('a', { auth: auth({}) })] })],
  ['TEC-18', 'failing', 'one good answer without', factsWith({ operations: [operationWith('a', { auth: auth({ okWithout: 1 }) })] })],
  ['TEC-18', 'unknown', 'a log that cannot judge', factsWith({ operations: [operationWith('a')] })],
  ['TEC-18', 'unknown', 'too few calls', factsWith({ operations: [operationWith('a', { auth: auth({ judged: 58, okJudged: 58 }) })] })],
  [
    'TEC-18',
    'met',
    'few good answers, and enough refused',
    factsWith({ operations: [operationWith('a', { auth: auth({ judged: 60, okJudged: 20, deniedWithout: 40 }) })] }),
  ],
  [
    'TEC-18',
    'met',
    'public by stance.yaml, whatever the parameter is called',
    factsWith({
      operations: [operationWith('a', { template: '/v1/products/{id}', auth: auth({ okWithout: 900 }) })],
      settings: settingsWith({ apis: [apiWith('orders', { publicOperations: ['get /v1/products/{productId}'] })] }),
    }),
  ],
  [
    'TEC-18',
    'met',
    'opened by its specification',
    factsWith({ operations: [operationWith('a', { auth: auth({ okWithout: 900, declared: [] }) })] }),
  ],
  [
    'TEC-18',
    'failing',
    'restricted data opened by a specification only',
    factsWith({
      operations: [
        operationWith('a', {
          auth: auth({ okWithout: 900, declared: [] }),
          dataLevel: { value: 'restricted', from: 'stance.yaml', confidence: 1 },
        }),
      ],
    }),
  ],
  ['TEC-23', 'failing', 'the answer shared', factsWith({ settings: answersWith({ gatewayAccess: 'shared' }) })],
  ['TEC-23', 'unknown', 'named accounts', factsWith({ settings: answersWith({ gatewayAccess: 'named-with-2fa' }) })],
  ['TEC-21', 'unknown', 'no guard checks tokens', factsWith({ operations: [operationWith('a')] })],
  [
    'TEC-21',
    'failing',
    'a guard only writes down wrong tokens',
    factsWith({
      operations: [operationWith('a')],
      guard: guardWith({ a: { settings: guardSettings({ asksForCaller: true, providers: [jwtWith()] }, { authentication: 'log' }) } }),
    }),
  ],
  ['TEC-28', 'unknown', 'no guard counts what it throttles', factsWith()],
  [
    'TEC-28',
    'failing',
    'proven callers are throttled',
    factsWith({ guard: guardWith({}, { throttled: { requests: 100_000, refused: 900, refusedProven: 500 } }) }),
  ],
  ['TEC-31', 'unknown', 'no guard stands before it', factsWith({ operations: [operationWith('a')] })],
  [
    'TEC-31',
    'failing',
    'a guard only writes down attacks',
    factsWith({ operations: [operationWith('a')], guard: guardWith({ a: { settings: guardSettings({}, { attacks: 'log' }) } }) }),
  ],
  ['TEC-25', 'met', 'a declared limit by caller', factsWith({ operations: [operationWith('a', { limit })] })],
  [
    'TEC-25',
    'met',
    'a declared limit by caller that answered 429',
    factsWith({ operations: [operationWith('a', { limit, statusesSeen: [200, 429] })] }),
  ],
  [
    'TEC-25',
    'failing',
    'a limit all callers share',
    factsWith({ operations: [operationWith('a', { limit: { ...limit, value: { ...limit.value, by: 'route' } } })] }),
  ],
  [
    'TEC-25',
    'failing',
    'a limit that one caller passed unanswered',
    factsWith({ operations: [operationWith('a', { limit, traffic: trafficWith({ peakPerCallerMinute: 100 }) })] }),
  ],
  [
    'TEC-25',
    'failing',
    '4,100 calls of one caller in a minute',
    factsWith({ operations: [operationWith('a', { traffic: trafficWith({ peakPerCallerMinute: 4100 }) })] }),
  ],
  [
    'TEC-25',
    'failing',
    'a route without a limit',
    factsWith({
      operations: [operationWith('a', { drift: [{ kind: 'limit-missing', severity: 'medium', text: 'none', between: ['gateway'] }] })],
      documents: [gateway],
    }),
  ],
  [
    'TEC-25',
    'unknown',
    'no gateway and no burst',
    factsWith({ operations: [operationWith('a', { traffic: trafficWith({ peakPerCallerMinute: 50 }) })] }),
  ],
  [
    'TEC-25',
    'unknown',
    'only private operations',
    factsWith({ operations: [operationWith('a', { audience: { value: 'private', from: 'stance.yaml', confidence: 1 } })] }),
  ],
  [
    'TEC-26',
    'failing',
    '40 tries of one caller in a minute',
    factsWith({
      operations: [operationWith('a', { method: 'POST', template: '/v1/sessions', traffic: trafficWith({ peakPerCallerMinute: 40 }) })],
    }),
  ],
  [
    'TEC-26',
    'unknown',
    'a limit, while nothing shows that accounts lock',
    factsWith({ operations: [operationWith('a', { method: 'POST', template: '/v1/sessions', limit })] }),
  ],
  [
    'TEC-26',
    'unknown',
    'few tries and no gateway',
    factsWith({
      operations: [operationWith('a', { method: 'POST', template: '/v1/sessions', traffic: trafficWith({ peakPerCallerMinute: 4 }) })],
    }),
  ],
  ['TEC-26', 'unknown', 'no sign-in known', factsWith({ operations: [operationWith('a', { method: 'POST', template: '/v1/orders' })] })],
  [
    'TEC-27',
    'failing',
    'a list without paging',
    factsWith({
      operations: [
        operationWith('a', {
          fieldsDeclared: { request: [], response: [{ path: '$[].id', type: 'string', required: true, dataClass: null }] },
        }),
      ],
    }),
  ],
  [
    'TEC-27',
    'unknown',
    'a paged list: the cap takes a probe',
    factsWith({
      operations: [
        operationWith('a', {
          queryNames: ['per_page'],
          fieldsDeclared: { request: [], response: [{ path: '$[].id', type: 'string', required: true, dataClass: null }] },
        }),
      ],
    }),
  ],
  [
    'TEC-27',
    'met',
    'a bounded body',
    factsWith({
      operations: [operationWith('a', { method: 'POST', declared: [{ format: 'nginx-conf', place, document: 'd' }] })],
      documents: [
        documentWith('kong.yaml', { format: 'nginx-conf', operations: [declaredWith('*', '/v1/a', { bodyBytesMax: 1_000_000, place })] }),
      ],
    }),
  ],
  ['TEC-27', 'unknown', 'a body nothing bounds', factsWith({ operations: [operationWith('a', { method: 'POST' })] })],
  ['TEC-36', 'met', 'a source heard an hour ago', factsWith({ sources: [sourceWith('s1')] })],
  [
    'TEC-36',
    'failing',
    'a followed source silent for two days',
    factsWith({ sources: [sourceWith('s1', { state: 'following', lastMs: nowMs - 48 * hourMs })] }),
  ],
  [
    'TEC-36',
    'failing',
    'a source that lost 5 % of its lines',
    factsWith({
      sources: [sourceWith('s1', { account: { seen: 1000, read: 950, folded: {}, excluded: {}, malformed: 50, malformedLines: [] } })],
    }),
  ],
  ['TEC-36', 'failing', 'an import that stopped half-way', factsWith({ sources: [sourceWith('s1', { state: 'interrupted' })] })],
  [
    'TEC-36',
    'stale',
    'a file whose last line is three days old',
    factsWith({ sources: [sourceWith('s1', { lastMs: nowMs - 72 * hourMs })] }),
  ],
  ['TEC-36', 'unknown', 'no source', factsWith()],
];

describe.each([
  ['people', peopleRows, 37],
  ['processes', processRows, 54],
  ['technology', technologyRows, 86],
] as const)('controls of %s', (_pillar, rows, expected) => {
  it.each(rows)('%s is %s for %s', (id, outcome, _what, facts) => {
    expect(outcomeOf(id, facts)).toBe(outcome);
  });

  it('were asked every row', () => {
    expect(rows).toHaveLength(expected);
  });
});

describe('every control', () => {
  const tested = catalogue.filter((one) => one.test !== undefined);

  it('with a test has a row where it fails and one where it is unknown', () => {
    const rows = [...peopleRows, ...processRows, ...technologyRows];
    const lacking = tested.filter(
      (one) =>
        !rows.some(([id, outcome]) => id === one.id && outcome === 'failing') ||
        !rows.some(([id, outcome]) => id === one.id && outcome === 'unknown'),
    );
    expect(lacking.map((one) => one.id)).toEqual([]);
    expect(tested).toHaveLength(39);
  });

  it('does not apply only when a reason and an approver say so', () => {
    for (const control of catalogue) {
      const said = (because: string, approvedBy: string): Facts =>
        factsWith({ settings: settingsWith({ notApplicable: [{ control: control.id, because, approvedBy }] }) });
      expect(outcomeOf(control.id, said('we run none', 'mara and jonas'))).toBe('not-applicable');
      expect(outcomeOf(control.id, said(' ', 'mara and jonas'))).toBe('unknown');
      expect(outcomeOf(control.id, said('we run none', ' '))).toBe('unknown');
    }
  });

  it('passes nothing on a fresh install, whatever it asks', () => {
    for (const control of catalogue) expect(outcomeOf(control.id, factsWith())).toBe('unknown');
  });

  it('is unknown, and says so, when its own test stops with an error', () => {
    const broken = {
      ...controlOf('TEC-18'),
      test: () => {
        throw new Error('boom');
      },
    };
    const result = assess(factsWith(), { controls: [broken, controlOf('TEC-36')], draws: 20 }).controls[0];
    expect(result?.outcome).toBe('unknown');
    expect(result?.error).toBe('boom');
  });

  it('is given only the facts it declared', () => {
    let seen = 0;
    const nosy = {
      ...controlOf('PPL-01'),
      needs: ['settings'] as const,
      test: (facts: Facts) => {
        seen = facts.operations.length;
        return [];
      },
    };
    assess(factsWith({ operations: [operationWith('a')] }), { controls: [nosy], draws: 20 });
    expect(seen).toBe(0);
  });
});
