import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colonTemplate, expressionTemplate, prefixTemplate } from './route-template.ts';

describe('route template', () => {
  it.each([
    ['^/users/(\\d+)/orders$', '/users/{p1}/orders'],
    ['^/users/(?<id>[^/]+)$', '/users/{id}'],
    ['^/v1/items/[a-z0-9-]+/?$', '/v1/items/{p1}'],
    ['^/v1/items', '/v1/**'],
    ['^/v1/items/', '/v1/items/**'],
    ['/api/v\\d+/health$', '/api/v{p1}/health'],
    ['^/(a|b)/c$', '/{p1}/c'],
    ['^/files/(.*)$', '/files/**'],
    ['\\.php$', '/**'],
    ['^/a\\.json$', '/a.json'],
    ['^/$', '/'],
    ['', '/**'],
  ])('%s is read as %s', (expression, template) => {
    expect(expressionTemplate(expression)).toBe(template);
  });

  it('turns prefixes and colon names into templates', () => {
    expect(['/', '/v1', '/v1/', 'v1'].map(prefixTemplate)).toEqual(['/**', '/v1/**', '/v1/**', '/v1/**']);
    expect(['/users/:id/*', '/users/:id', '/*', '/a/*rest'].map(colonTemplate)).toEqual(['/users/{id}/**', '/users/{id}', '/**', '/a/**']);
  });

  it('gives a template for any text, and ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'^$/(){}[]?*+.|\\dw<>Pa1:-'), maxLength: 60 }), (expression) => {
        expect(expressionTemplate(expression)).toMatch(/^\//);
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});
