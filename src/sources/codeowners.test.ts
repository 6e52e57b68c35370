import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownersOfPath } from '../engine/inventory/owner-pattern.ts';
import { codeowners, readOwnerRules } from './codeowners.ts';
import { readText } from './read-text.fixture.ts';

const text = `# Owners
*                 @acme/everyone   # the rest
/specs/           @acme/api  lead@acme.example
*.proto           @acme/schema
docs/*            @acme/docs
/apps/ @acme/apps
/apps/legacy
my\\ file.txt     @ana
!secret           @ana
/x                nobody
`;

describe('codeowners', () => {
  it('lets the last matching line win, and a line without owners take them away', () => {
    const { rules } = readOwnerRules(text);
    expect(ownersOfPath(rules, 'README.md')).toEqual(['@acme/everyone']);
    expect(ownersOfPath(rules, 'specs/orders/v1.yaml')).toEqual(['@acme/api', 'lead@acme.example']);
    expect(ownersOfPath(rules, 'specs/orders.proto')).toEqual(['@acme/schema']);
    expect(ownersOfPath(rules, 'apps/legacy/a.ts')).toEqual([]);
    expect(ownersOfPath(rules, 'apps/new/a.ts')).toEqual(['@acme/apps']);
    expect(ownersOfPath(rules, 'deep/my file.txt')).toEqual(['@ana']);
  });

  it('keeps line numbers, and counts what is no rule', async () => {
    const { items } = await readText(codeowners, { name: '.github/CODEOWNERS', text });
    expect(items[0]).toMatchObject({
      kind: 'owners',
      rules: [{ pattern: '*', line: 2 }, { pattern: '/specs/', line: 3 }, {}, {}, {}, {}, {}, { pattern: '/x', owners: [], line: 10 }],
    });
    expect(items.slice(1)).toEqual([
      { kind: 'malformed', line: 9, message: 'A pattern cannot be negated here.' },
      { kind: 'malformed', line: 10, message: '"nobody" is no owner: expected @user, @org/team or an address.' },
    ]);
  });

  it('gives the owners of a GitLab section to its lines that name none', () => {
    const { rules } = readOwnerRules('[Docs][2] @docs\n*.md\n/api.md @api\n^[Optional]\n*.txt\n');
    expect(rules.map(({ pattern, owners }) => [pattern, owners])).toEqual([
      ['*.md', ['@docs']],
      ['/api.md', ['@api']],
      ['*.txt', []],
    ]);
  });

  it('never throws on any text', () => {
    const part = fc.constantFrom('**', '*', 'a', '/', '\\', '[', ']', '#', ' ', '@a', '\n', '!');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const { rules, malformed } = readOwnerRules(parts.join(''));
        expect(rules.length + malformed.length).toBeLessThanOrEqual(2 * parts.length);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
