import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GRAPHQL_COST_MAX, graphqlCost } from './graphql-cost.ts';

const cost = (query: string, more: Record<string, unknown> = {}) => graphqlCost({ query, ...more } as never);

describe('the cost of a GraphQL request', () => {
  it('is 1 for one plain question', () => {
    expect(cost('{ me { name } }')).toBe(2);
    expect(cost('query Q { version }')).toBe(1);
  });

  it('grows with list sizes multiplied: literals, variables and defaults', () => {
    const nested = 'query($n: Int = 50) { users(first: 100) { posts(last: $n) { title } } }';
    expect(cost(nested)).toBe(1 + 1 + 50);
    expect(cost(nested, { variables: { n: 100 } })).toBe(1 + 1 + 100);
    expect(cost('{ users(filter: {name: "first: 9000"}, limit: 200) { id } }')).toBe(1 + 2);
  });

  it('counts each alias and each entry of a batch as a request: guessing in one call is not cheaper', () => {
    const aliases = Array.from({ length: 50 }, (_, n) => `a${n}: login(password: "p${n}") { ok }`).join(' ');
    expect(cost(`mutation { ${aliases} }`)).toBe(151);
    expect(graphqlCost(Array.from({ length: 40 }, () => ({ query: '{ version }' })))).toBe(40);
  });

  it('expands fragments, and one that spreads itself costs the most', () => {
    expect(cost('query { ...f } fragment f on Query { a b ... on Query { c } }')).toBe(3);
    expect(cost('query { ...f } fragment f on Query { x { ...f } }')).toBe(GRAPHQL_COST_MAX);
  });

  it('takes the operation that is named, else the dearest', () => {
    const two = 'query A { a } query B { a b c d }';
    expect(cost(two, { operationName: 'A' })).toBe(1);
    expect(cost(two)).toBe(4);
  });

  it('says 1 of what it cannot read and the most of what is too long to read', () => {
    for (const body of [undefined, null, 3, 'x', {}, { query: 5 }, { query: '}}{{' }, { extensions: {} }])
      expect(graphqlCost(body as never)).toBe(1);
    expect(cost(`{ ${'a '.repeat(30_000)} }`)).toBe(GRAPHQL_COST_MAX);
  });

  it('stays between 1 and its bound for any text, and ends', () => {
    const word = fc.constantFrom('{', '}', '(', ')', '...', 'on', '@', 'fragment', 'query', 'f', 'a', ':', '$', 'first', '9', '=', '"');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const found = cost(words.join(' '));
        expect(found).toBeGreaterThanOrEqual(1);
        expect(found).toBeLessThanOrEqual(GRAPHQL_COST_MAX);
      }),
      { numRuns: 2000 },
    );
  });

  it('a fragment bomb is bounded in time', () => {
    const bomb = Array.from({ length: 40 }, (_, n) => `fragment f${n} on Q { ...f${n + 1} ...f${n + 1} }`).join(' ');
    expect(cost(`{ ...f0 } ${bomb} fragment f40 on Q { x }`)).toBe(GRAPHQL_COST_MAX);
  });
});
