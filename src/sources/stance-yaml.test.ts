// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is what the settings file writes.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySettings } from '../engine/evidence/settings.ts';
import { StanceError } from '../errors.ts';
import { readText } from './read-text.fixture.ts';
import { stanceJsonSchema } from './stance-schema.ts';
import { checkSettings, environmentKind, readSettings, stanceYaml } from './stance-yaml.ts';

const source = { file: 'stance.yaml', variables: { REGION: 'eu', DB_PASSWORD: 'hunter2' } };

function problems(text: string): string[] {
  return checkSettings(text, source).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const full = `project: acme
organisation: { name: Acme, staff: 120, sector: retail, places: [DE, US-NY] }
environments:
  prod: { hosts: [API.acme.com] }
  test: { hosts: ['api.test.acme.com'] }
  blue: { kind: production, hosts: [blue.acme.com] }
specs: [specs/**/*.yaml]
docs: [https://docs.acme.com]
apis:
  orders:
    owner: team-orders
    audience: public
    hosts: [api.acme.com]
    paths: [/v1/orders]
    purpose: Sells things.
    data-level: confidential
    public-operations: [GET /health]
    docs: [https://docs.acme.com/orders]
  payments: { audience: consumed, supplier: PayCo, contract: contracts/payco.pdf, renewal: 2027-03-01 }
people:
  ana: { name: Ana Alves, team: security }
  bo: { active: false }
roles:
  api-security-lead: { person: ana, deputy: bo, accepted-on: 2026-01-10, also-builds: false }
plans:
  incident-response: { location: docs/incident.md, owner: ana, reviewed-on: 2026-02-01, exercised-on: 2026-03-01 }
attestations:
  - { control: TEC-15, by: ana, on: 2026-01-01, until: 2026-12-31, statement: All disks are encrypted. }
waivers:
  - { id: F-312, until: 2026-12-01, owner: members, because: "internal only, removed in v3" }
not-applicable:
  - { control: TEC-30, because: no such flow, approved-by: ana }
answers: { lead: independent, data-steward: nobody, incident-plan: unknown }
templates:
  - { kind: merge, service: orders, templates: [/a/1, /a/2], into: '/a/{id}' }
  - { kind: exclude, service: orders, method: get, template: /ping, reason: noise }
gate: { new: high, confidence: high, on-error: neutral }
silent-after-days: 45
`;

describe('stance.yaml', () => {
  it('reads every part into settings', async () => {
    const settings = readSettings(full, source);
    expect(settings).toMatchObject({
      project: 'acme',
      specs: ['specs/**/*.yaml'],
      organisation: { name: 'Acme', staff: 120, sector: 'retail', places: ['DE', 'US-NY'] },
      environments: [
        { name: 'prod', kind: 'production', hosts: ['api.acme.com'] },
        { name: 'test', kind: 'test', hosts: ['api.test.acme.com'] },
        { name: 'blue', kind: 'production', hosts: ['blue.acme.com'] },
      ],
      people: [
        { id: 'ana', name: 'Ana Alves', team: 'security', active: true },
        { id: 'bo', name: 'bo', team: null, active: false },
      ],
      roles: [{ role: 'api-security-lead', person: 'ana', deputy: 'bo', acceptedOn: '2026-01-10', alsoBuilds: false }],
      plans: [
        { kind: 'incident-response', location: 'docs/incident.md', owner: 'ana', reviewedOn: '2026-02-01', exercisedOn: '2026-03-01' },
      ],
      attestations: [{ control: 'TEC-15', share: 1, link: null }],
      waivers: [{ id: 'F-312', until: '2026-12-01', owner: 'members', because: 'internal only, removed in v3' }],
      notApplicable: [{ control: 'TEC-30', because: 'no such flow', approvedBy: 'ana' }],
      answers: { lead: 'independent', dataSteward: 'nobody', incidentPlan: 'unknown', sdlcAndDocs: null },
      gate: { new: 'high', onError: 'neutral', confidence: 'high' },
      silentAfterDays: 45,
    });
    expect(settings.apis[0]).toMatchObject({
      name: 'orders',
      owner: 'team-orders',
      dataLevel: 'confidential',
      publicOperations: ['GET /health'],
    });
    expect(settings.apis[1]).toMatchObject({ supplier: 'PayCo', contract: 'contracts/payco.pdf', renewal: '2027-03-01' });
    expect(settings.templates[1]).toEqual({ kind: 'exclude', service: 'orders', method: 'GET', template: '/ping', reason: 'noise' });
    const read = await readText(stanceYaml, { name: 'stance.yaml', text: full });
    expect(read.items).toEqual([{ kind: 'settings', settings, text: full }]);
  });

  it('accepts the short form of the design', () => {
    const text = `project: acme
environments: { prod: {hosts: [api.acme.com]},
                test: {hosts: [api.test.acme.com]} }
specs: [specs/**/*.yaml]
gate: { new: high, confidence: high, on-error: neutral }
waivers: [{id: F-312, until: 2026-12-01, owner: members, because: "internal only, removed in v3"}]
`;
    expect(problems(text)).toEqual([]);
  });

  it('takes an empty file, or one of comments, for empty settings', () => {
    for (const text of ['', '# nothing yet\n']) expect(readSettings(text, source)).toMatchObject({ ...emptySettings });
  });

  it('refuses an unknown key at its place, with the nearest name', () => {
    expect(problems('project: a\nenviroments: {}\n')).toEqual(['2:1 enviroments: there is no such key; did you mean `environments`?']);
    expect(problems('apis:\n  orders:\n    data_level: public\n')).toEqual([
      '3:5 apis.orders.data_level: there is no such key; did you mean `data-level`?',
    ]);
    expect(problems('gate: { colour: red }\n')).toEqual(['1:9 gate.colour: there is no such key; known here: new, confidence, on-error']);
  });

  it('says what was expected and what was found, with line and column', () => {
    expect(problems('organisation:\n  staff: many\n')).toEqual(['2:3 organisation.staff: expected a number, found "many"']);
    expect(problems('apis: [orders]\n')).toEqual(['1:1 apis: expected a map, found a list']);
    expect(problems('apis:\n  orders: { audience: everyone }\n')).toEqual([
      '2:13 apis.orders.audience: expected one of public, partner, private, consumed, found "everyone"',
    ]);
    expect(problems('waivers:\n  - id: F-1\n    until: soon\n    because: x\n')).toEqual([
      '2:5 waivers.0.owner: expected text, found nothing',
      '3:5 waivers.0.until: expected a date such as 2026-12-31, found "soon"',
    ]);
    expect(problems('environments: { prod: { hosts: ["https://api.acme.com/"] } }\n')).toEqual([
      '1:33 environments.prod.hosts.0: expected a host without scheme or path, such as api.example.com, found "https://api.acme.com/"',
    ]);
    expect(problems('templates: [{ kind: fold, service: a }]\n')).toEqual([
      '1:15 templates.0.kind: expected a `kind` that is one of merge, split, rename, pin, exclude, found "fold"',
    ]);
  });

  it('takes a policy, or the path of one, with problems at their place', () => {
    expect(readSettings('policy: guard/policy.yaml\n', source).policy).toEqual({ file: 'guard/policy.yaml' });
    expect(readSettings('policy: { mode: log }\n', source).policy).toEqual({ stated: { mode: 'log' } });
    expect(problems('policy:\n  mode: loud\n  attack: {}\n')).toEqual([
      '2:3 policy.mode: expected one of off, log, block, found "loud"',
      '3:3 policy.attack: there is no such key; did you mean `attacks`?',
    ]);
    expect(problems('policy: { providers: { a: { kind: saml } } }\n')).toEqual([
      '1:29 policy.providers.a.kind: expected a `kind` that is one of jwt, introspection, api-key, mtls, basic, hmac, found "saml"',
    ]);
    expect(problems('policy:\n  defaults: { limits: [login] }\n')).toEqual([
      '2:15 policy.defaults.limits: there is no limit login, nor any other',
    ]);
    expect(problems('policy: 7\n')).toEqual(['1:1 policy: expected a policy, or the path of a file that holds one, found number 7']);
  });

  it('asks for the kind of an environment whose name does not tell it', () => {
    expect(problems('environments:\n  blue: { hosts: [b.example] }\n')).toEqual([
      '2:3 environments.blue: expected `kind` (production, staging, test or development), because the name does not tell it',
    ]);
    expect(
      ['prod', 'prod-eu', 'preprod', 'staging2', 'qa', 'uat', 'dev', 'live', 'contest', 'product', 'latest'].map(environmentKind),
    ).toEqual(['production', 'production', 'staging', 'staging', 'test', 'test', 'development', 'production', null, null, null]);
  });

  it('fills environment variables, with defaults, and never from a secret', () => {
    expect(readSettings('project: shop-${REGION}-${TIER:-small}-$${LITERAL}\n', source).project).toBe('shop-eu-small-${LITERAL}');
    expect(problems('project: ${MISSING}\n')).toEqual([
      '1:1 project: expected the environment variable MISSING to be set, or a default: ${MISSING:-value}',
    ]);
    const refused = problems('organisation:\n  name: ${DB_PASSWORD}\n');
    expect(refused).toEqual(['2:3 organisation.name: ${DB_PASSWORD} looks like a secret, and stance.yaml holds none']);
    expect(refused.join()).not.toContain('hunter2');
  });

  it('refuses text that is not YAML, and keys that stand twice', () => {
    expect(problems('project: "a\n')[0]).toMatch(/^\d+:\d+ Not valid YAML/);
    expect(problems('project: a\nproject: b\n')).toEqual(['2:1 The key "project" stands twice in one map; the later one counts.']);
  });

  it('names every problem in one error that leaves the settings as they were', () => {
    const attempt = () => readSettings('proyect: a\ngate: 3\n', source);
    expect(attempt).toThrow(StanceError);
    expect(attempt).toThrow(/stance\.yaml:1:1 {2}proyect: .*`project`[\s\S]*stance\.yaml:2:1 {2}gate: expected a map, found number 3/);
  });

  it('publishes a schema for editors that is as fresh as the code', () => {
    const published = readFileSync(new URL('../../docs/stance.schema.json', import.meta.url), 'utf8');
    expect(published).toBe(stanceJsonSchema());
  });

  it('never throws when asked what is wrong with any text', () => {
    fc.assert(
      fc.property(fc.nat({ max: full.length }), fc.nat({ max: 30 }), fc.string({ maxLength: 6 }), (at, cut, put) => {
        const { settings, problems: found } = checkSettings(full.slice(0, at) + put + full.slice(at + cut), source);
        expect(settings === null).toBe(found.length > 0);
      }),
      { numRuns: 500, seed: 11 },
    );
  });
});
