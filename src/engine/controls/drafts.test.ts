import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { jsonLogFormat } from '../../sources/json-log.ts';
import { exchangeOf } from '../../sources/source.fixture.ts';
import { checkSettings } from '../../sources/stance-yaml.ts';
import { credentialSeen } from '../access/credential.ts';
import { assess } from '../assess.ts';
import type { Settings } from '../evidence/settings.ts';
import { catalogue, controlOf } from './catalogue.ts';
import type { Draft, Facts } from './control.ts';
import { dayMs, dayText } from './date.ts';
import { connectDraft, connectors } from './draft-source.ts';
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
import { findPlanParts, incidentPlanParts, sdlcAnchors } from './plan-parts.ts';

/** What the engine would write for this control on these facts. */
function draftOf(control: string, facts: Facts): Draft {
  const found = assess(facts, { draws: 20 }).candidates.find((one) => one.control === control && one.kind !== 'find-out');
  if (found === undefined) throw new Error(`nothing is proposed for ${control}`);
  return { ...found.draft, safety: found.safety };
}

/** The draft with its blanks filled in as a person would, read by the reader of stance.yaml itself. */
function settingsOf(draft: Draft): Settings {
  expect(draft.file).toBe('stance.yaml');
  const filled = draft.text
    .replaceAll('<public, partner, private or consumed>', 'public')
    .replaceAll('<public, internal, confidential or restricted>', 'internal')
    .replace(/"?<end of the contract[^>]*>"?/g, '2027-05-01')
    .replace(/"?<([^>]+)>"?/g, (_, blank: string) => blank.replace(/[^a-z]+/g, '-'));
  const checked = checkSettings(filled, { file: 'stance.yaml', variables: {} });
  expect(checked.problems).toEqual([]);
  if (checked.settings === null) throw new Error('no settings');
  return checked.settings;
}

const busy = trafficWith({ peakPerCallerMinute: 4100 });
const open = { declared: null, seen: { none: 40 }, judged: 100, okWithout: 40, okJudged: 90 };
const bearer = [{ schemes: [{ name: 'customerToken', kind: 'http', scopes: [] }] }];
const kong = documentWith('kong.yaml', { format: 'kong-declarative' });

describe('a draft of settings is read by the reader of stance.yaml', () => {
  it('for the lead, the steward, the people of an incident, owners, suppliers, purpose, facts, environments and waivers', () => {
    const operations = [operationWith('a', { hosts: ['api.acme.example', 'api.test.acme.example'] })];
    expect(settingsOf(draftOf('PPL-01', factsWith())).roles[0]).toMatchObject({ role: 'api-security-lead', acceptedOn: dayText(nowMs) });
    expect(settingsOf(draftOf('PPL-02', factsWith({ settings: answersWith({ lead: 'also-builds' }) }))).attestations[0]?.control).toBe(
      'PPL-02',
    );
    expect(settingsOf(draftOf('PPL-05', factsWith())).roles[0]?.role).toBe('data-steward');
    expect(settingsOf(draftOf('PPL-07', factsWith())).roles.map((one) => one.role)).toContain('incident-commander');
    expect(settingsOf(draftOf('PPL-04', factsWith({ operations, owners: [{ pattern: '/x', owners: ['@y'] }] }))).apis[0]).toMatchObject({
      name: 'orders',
      owner: 'team',
    });
    const maps = settingsWith({ apis: [apiWith('maps', { audience: 'consumed' })] });
    expect(settingsOf(draftOf('PPL-09', factsWith({ settings: maps }))).apis[0]).toMatchObject({ name: 'maps', renewal: '2027-05-01' });
    expect(
      settingsOf(draftOf('PRC-08', factsWith({ operations, settings: settingsWith({ apis: [apiWith('orders')] }) }))).apis[0],
    ).toMatchObject({ audience: 'public' });
    expect(settingsOf(draftOf('TEC-03', factsWith({ operations }))).apis[0]?.dataLevel).toBe('internal');
    expect(settingsOf(draftOf('TEC-06', factsWith({ operations }))).environments).toEqual([
      { name: 'prod', kind: 'production', hosts: ['api.acme.example'] },
      { name: 'test', kind: 'test', hosts: ['api.test.acme.example'] },
    ]);
    const late = settingsWith({ waivers: [{ id: 'F-aaaaaaaa', until: dayText(nowMs - 9 * dayMs), because: 'a: b', owner: 'mara' }] });
    expect(settingsOf(draftOf('PRC-19', factsWith({ settings: late }))).waivers[0]).toMatchObject({ because: 'a: b', owner: 'mara' });
  });

  it('and following it makes the control hold', () => {
    const roles = settingsOf(draftOf('PPL-01', factsWith())).roles;
    expect(
      assess(factsWith({ settings: settingsWith({ roles }) }), { controls: [controlOf('PPL-01')], draws: 20 }).controls[0]?.outcome,
    ).toBe('met');
  });
});

describe('a draft of a plan', () => {
  it('holds every part that its control asks for', () => {
    expect(findPlanParts('incident-response', draftOf('PRC-01', factsWith()).text)).toEqual(incidentPlanParts.map((one) => one.id));
    expect(findPlanParts('sdlc', draftOf('PRC-06', factsWith()).text)).toEqual(sdlcAnchors.map((one) => one.id));
  });

  it('is found lacking when a part is cut out, and a list of catchwords is no plan', () => {
    const text = draftOf('PRC-01', factsWith()).text;
    const cut = text
      .split('\n')
      .filter((line) => !/evidence|log|chain/i.test(line))
      .join('\n');
    expect(findPlanParts('incident-response', cut)).not.toContain('evidence');
    expect(findPlanParts('incident-response', 'goals\nroles\ncontacts\ntriage\ncontain\n')).toEqual([]);
  });
});

describe('a draft for the gateway', () => {
  it('limits exactly the operations that fail, as a dry run, in nginx', () => {
    const facts = factsWith({
      operations: [
        operationWith('login', { method: 'POST', template: '/v1/sessions', traffic: busy }),
        operationWith('b', { template: '/v1/users/{userId}.json', traffic: busy }),
      ],
    });
    const { text, language } = draftOf('TEC-25', facts);
    expect(language).toBe('nginx');
    expect(text).toContain('location = /v1/sessions {');
    expect(text).toContain('location ~ ^/v1/users/[^/]+\\.json$ {');
    expect(text).toContain('limit_req_dry_run on;');
    expect(text).toContain('rate=10r/m');
    expect(draftOf('TEC-26', facts).text).not.toContain('/v1/users');
  });

  it('is written for Kong where Kong is the gateway', () => {
    const facts = factsWith({ operations: [operationWith('b', { template: '/v1/users/{userId}', traffic: busy })], documents: [kong] });
    const draft = draftOf('TEC-25', facts);
    const kongFile = parseDocument(draft.text).toJS() as { services: { routes: { paths: string[]; plugins: { name: string }[] }[] }[] };
    expect(kongFile.services[0]?.routes[0]?.paths).toEqual(['~/v1/users/[^/]+$']);
    expect(kongFile.services[0]?.routes[0]?.plugins[0]?.name).toBe('rate-limiting');
  });

  it('refuses without a credential where the specification already asks for one', () => {
    const facts = factsWith({
      operations: [
        operationWith('a', { auth: { ...open, declared: bearer }, dataLevel: { value: 'restricted', from: 'stance.yaml', confidence: 1 } }),
      ],
    });
    expect(draftOf('TEC-18', facts)).toMatchObject({ language: 'nginx', file: 'nginx.conf' });
    expect(draftOf('TEC-18', facts).text).toContain('if ($http_authorization = "") { return 401; }');
  });
});

describe('a draft of a specification', () => {
  it('adds the scheme of the service to the operation that lacks it', () => {
    const operations = [
      operationWith('a', {
        auth: { ...open, declared: null },
        declared: [{ format: 'openapi-3.1', place: { file: 'orders.yaml', line: 4 }, document: 'd' }],
        dataLevel: { value: 'confidential', from: 'stance.yaml', confidence: 1 },
      }),
      operationWith('b', { auth: { declared: bearer, seen: {}, judged: 100, okWithout: 0, okJudged: 90 } }),
    ];
    const { text, language, file } = draftOf('TEC-18', factsWith({ operations }));
    expect([language, file]).toEqual(['diff', 'orders.yaml']);
    expect(text).toContain('   /v1/a:\n     get:\n+      security:\n+        - customerToken: []');
    expect(text).not.toContain('/v1/b');
  });

  it('declares a shadow operation with its parameters and answers', () => {
    const operations = [operationWith('s', { state: 'shadow', method: 'POST', template: '/v1/gifts/{giftId}', statusesSeen: [201, 404] })];
    const documents = [documentWith('openapi.yaml', { operations: [declaredWith('GET', '/v1/a')] })];
    const { text } = draftOf('TEC-02', factsWith({ operations, documents, sources: [sourceWith('s1')] }));
    expect(text).toContain('name: giftId, in: path');
    expect(text).toContain("'201'");
  });
});

describe('a draft that connects a source', () => {
  it('exists for each, and the log it asks for lets calls be judged', async () => {
    for (const connector of connectors) expect(connectDraft(connector, factsWith()).text.length).toBeGreaterThan(20);
    const format = connectDraft('credentials', factsWith()).text;
    const written = [...format.matchAll(/^ *(?:log_format stance escape=json )?'(.*?)';?$/gm)].map((match) => match[1]).join('');
    const values: Readonly<Record<string, string>> = {
      time_iso8601: '2026-11-23T12:00:00+00:00',
      remote_addr: '198.51.100.7',
      scheme: 'https',
      request_method: 'GET',
      request_uri: '/v1/a?x=1',
      host: 'api.acme.example',
      cookie_kind: '',
      status: '200',
      request_time: '0.012',
    };
    const line = (credential_kind: string): string =>
      written.replace(/\$(\w+)/g, (_, name: string) => ({ ...values, credential_kind })[name] ?? `no ${name}`);
    expect(credentialSeen(await exchangeOf(jsonLogFormat, line('Bearer masked')))).toBe('bearer');
    expect(credentialSeen(await exchangeOf(jsonLogFormat, line('')))).toBe('none');
    expect(await exchangeOf(jsonLogFormat, line(''))).toMatchObject({
      method: 'GET',
      host: 'api.acme.example',
      scheme: 'https',
      path: '/v1/a',
      status: 200,
    });
  });
});

describe('every candidate', () => {
  it('carries a draft with a safety note, an undo and a way to know that it is done', () => {
    const operations = [
      operationWith('a', { auth: open, plainHttp: 3, credentialInUrl: 2, queryNames: ['access_token'], traffic: busy, deprecated: true }),
    ];
    const candidates = assess(factsWith({ operations, documents: [kong], sources: [sourceWith('s1')] }), { draws: 20 }).candidates;
    expect(candidates.length).toBeGreaterThan(60);
    for (const one of candidates) {
      for (const text of [one.title, one.text, one.draft.text, one.safety, one.undo, one.doneWhen, one.effort.basis])
        expect(text.trim()).not.toBe('');
      expect(one.title).not.toContain('{units}');
      expect(one.draft.text).not.toContain('undefined');
      expect(one.units.length).toBeGreaterThan(0);
    }
    expect(new Set(candidates.map((one) => one.key)).size).toBe(candidates.length);
  });

  it('has a control that names its own draft wherever a test is real', () => {
    expect(catalogue.filter((one) => one.test !== undefined && one.draft === undefined)).toEqual([]);
  });
});
