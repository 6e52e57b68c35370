import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoundThings, startingSettings } from './stance-init.ts';
import { readSettings } from './stance-yaml.ts';

const source = { file: 'stance.yaml', variables: {} };

const found: FoundThings = {
  project: 'acme',
  hosts: ['api.acme.com', 'api.test.acme.com', 'api.prod.acme.com', 'localhost:8080', '{region}.acme.com', 'staging.acme.com'],
  services: [
    { name: 'orders', hosts: ['api.acme.com'], paths: ['/v1/orders', '/'], owner: '@acme/orders', specs: ['specs/orders.yaml'] },
    { name: 'a nameless one', hosts: ['{host}'], paths: [], owner: null, specs: [] },
  ],
  specs: ['specs/orders.yaml'],
  docs: [],
};

describe('starting settings', () => {
  it('is a stance.yaml that can be used as it stands', () => {
    const settings = readSettings(startingSettings(found), source);
    expect(settings.project).toBe('acme');
    expect(settings.environments.map(({ name, kind, hosts }) => [name, kind, hosts])).toEqual([
      ['production', 'production', ['api.prod.acme.com', 'api.acme.com']],
      ['staging', 'staging', ['staging.acme.com']],
      ['test', 'test', ['api.test.acme.com']],
      ['development', 'development', ['localhost:8080']],
    ]);
    expect(settings.apis.map(({ name, owner, paths }) => [name, owner, paths])).toEqual([
      ['a nameless one', null, []],
      ['orders', '@acme/orders', ['/v1/orders']],
    ]);
    expect(settings.specs).toEqual(['specs/orders.yaml']);
  });

  it('tells editors where the schema is, when that is known', () => {
    expect(startingSettings({ ...found, schema: 'docs/stance.schema.json' }).split('\n')[0]).toBe(
      '# yaml-language-server: $schema=docs/stance.schema.json',
    );
    expect(startingSettings(found)).not.toContain('$schema');
  });

  it('says which host was only guessed', () => {
    expect(startingSettings(found)).toContain('- api.acme.com   # its name says nothing; is this production?');
  });

  it('becomes more settings, and no error, when its comments are taken for true', () => {
    const open = startingSettings({ project: null, hosts: [], services: [], specs: [], docs: [] });
    expect(readSettings(open, source).apis).toEqual([]);
    const uncommented = open.replace(
      /^# (?=(?:project|organisation|environments|specs|docs|apis|people|roles|plans|answers|waivers|gate):| {2})/gm,
      '',
    );
    const settings = readSettings(uncommented, source);
    expect(settings).toMatchObject({ project: 'acme', answers: { lead: 'unknown', gatewayAccess: 'unknown' }, gate: { new: 'high' } });
    expect(settings.roles).toHaveLength(3);
    expect(settings.plans).toHaveLength(2);
    expect(settings.waivers).toHaveLength(1);
    expect(settings.apis[0]?.name).toBe('orders');
  });

  it('can be used whatever names were found', () => {
    const text = fc.string({ minLength: 1, maxLength: 12 });
    const service = fc.record({
      name: text,
      hosts: fc.array(text, { maxLength: 2 }),
      paths: fc.array(
        text.map((part) => `/${part}`),
        { maxLength: 2 },
      ),
      owner: fc.option(text),
      specs: fc.array(text, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(
        text,
        fc.array(text, { maxLength: 4 }),
        fc.uniqueArray(service, { maxLength: 3, selector: ({ name }) => name }),
        (project, hosts, services) => {
          const settings = readSettings(startingSettings({ project, hosts, services, specs: hosts, docs: [] }), source);
          expect(settings.project).toBe(project);
          expect(settings.apis.map(({ name }) => name).sort()).toEqual(services.map(({ name }) => name).sort());
        },
      ),
      { numRuns: 400, seed: 21 },
    );
  });
});
