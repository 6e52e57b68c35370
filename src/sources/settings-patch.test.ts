import { describe, expect, it } from 'vitest';
import { answersChange, ownerChange, planChange, roleChange, templateChange, waiverChange, waiverEnd } from './settings-changes.ts';
import { writeSettingsPatch } from './settings-patch.ts';
import { readSettings } from './stance-yaml.ts';

const source = { file: 'stance.yaml', variables: {} };

const text = `# Our settings. Ask Ana before changing.
project: acme   # short name

# Where things run
environments:
  prod: {hosts: [api.acme.com]}

apis:
  orders:
    # They answer at night too
    owner: team-orders
waivers:
- id: F-1 # agreed in March
  until: 2026-12-01
  owner: ana
  because: moved
`;

describe('settings patch', () => {
  it('changes only what is asked for, and keeps comments, order and spelling', () => {
    const changed = writeSettingsPatch(text, ownerChange('orders', 'team-sales'));
    expect(changed).toBe(text.replace('team-orders', 'team-sales'));
  });

  it('makes the maps that are missing on the way', () => {
    const changed = writeSettingsPatch(text, [
      ownerChange('payments', 'team-pay'),
      ...answersChange({ lead: 'nobody', dataSteward: 'unknown' }),
    ]);
    expect(changed.startsWith(text.slice(0, text.indexOf('apis:')))).toBe(true);
    const settings = readSettings(changed, source);
    expect(settings.apis.map(({ name, owner }) => [name, owner])).toEqual([
      ['orders', 'team-orders'],
      ['payments', 'team-pay'],
    ]);
    expect(settings.answers).toMatchObject({ lead: 'nobody', dataSteward: 'unknown', incidentPlan: null });
  });

  it('replaces the waiver of the same id, adds another, and removes one', () => {
    const again = writeSettingsPatch(text, waiverChange({ id: 'F-1', until: '2027-01-01', owner: 'bo', because: 'later' }));
    expect(readSettings(again, source).waivers).toEqual([{ id: 'F-1', until: '2027-01-01', owner: 'bo', because: 'later' }]);
    const more = writeSettingsPatch(text, waiverChange({ id: 'F-2', until: '2027-01-01', owner: 'bo', because: 'x' }));
    expect(readSettings(more, source).waivers.map(({ id }) => id)).toEqual(['F-1', 'F-2']);
    expect(more).toContain('- id: F-1 # agreed in March');
    expect(readSettings(writeSettingsPatch(more, waiverEnd('F-1')), source).waivers.map(({ id }) => id)).toEqual(['F-2']);
    expect(writeSettingsPatch(text, waiverEnd('F-404'))).toBe(text);
  });

  it('starts from nothing, or from a key without a value', () => {
    for (const start of ['', '# only a comment\n', 'waivers:\napis:\nanswers:\n']) {
      const changed = writeSettingsPatch(start, [
        waiverChange({ id: 'F-2', until: '2027-01-01', owner: 'bo', because: 'x' }),
        ownerChange('orders', 'team'),
        ...answersChange({ lead: 'independent' }),
        templateChange({ kind: 'pin', service: 'orders', template: '/a' }),
        roleChange({ role: 'api-security-lead', person: 'ana', deputy: null, acceptedOn: null, alsoBuilds: null }),
        planChange({ kind: 'sdlc', location: 'docs/sdlc.md', owner: null, reviewedOn: '2026-01-01', exercisedOn: null }),
      ]);
      const settings = readSettings(changed, source);
      expect(settings.waivers).toHaveLength(1);
      expect(settings.templates).toEqual([{ kind: 'pin', service: 'orders', template: '/a' }]);
      expect(settings.roles[0]).toMatchObject({ person: 'ana', deputy: null });
      expect(settings.plans[0]).toMatchObject({ location: 'docs/sdlc.md', reviewedOn: '2026-01-01' });
      if (start.startsWith('#')) expect(changed).toContain('# only a comment');
    }
  });

  it('takes an answer back with null', () => {
    const answered = writeSettingsPatch(text, answersChange({ lead: 'nobody' }));
    expect(readSettings(writeSettingsPatch(answered, answersChange({ lead: null })), source).answers.lead).toBeNull();
  });

  it('refuses to edit text that is not a map of settings', () => {
    expect(() => writeSettingsPatch('a: "b\n', ownerChange('x', 'y'))).toThrow(/cannot be edited/);
    expect(() => writeSettingsPatch('- a\n', ownerChange('x', 'y'))).toThrow(/cannot be edited/);
  });
});
