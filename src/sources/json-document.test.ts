import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonText } from './json-document.ts';
import { jsonErrorOffset } from './json-error.ts';

describe('json document', () => {
  it('knows the place of every key and item, also behind escapes and brackets in text', () => {
    const { positionOf } = readJsonText('{\n "a\\"}": [1, "]", {"x": 2}],\n "b": {"c":\n  {"d": 1}}}');
    expect(positionOf(['a"}', '2', 'x'])).toEqual({ line: 2, column: 20 });
    expect(positionOf(['b', 'c', 'd'])).toEqual({ line: 4, column: 4 });
    expect(positionOf(['b', 'gone'])).toEqual({ line: 3, column: 2 });
  });

  it('says where broken text breaks, without repeating it', () => {
    const { problems } = readJsonText('{"a": 1,\n "token": secret-123}');
    expect(problems[0]?.line).toBe(2);
    expect(problems[0]?.message).not.toContain('secret');
  });

  it('finds where any damaged text breaks, and nothing in text that is whole', () => {
    const cases: readonly (readonly [string, number])[] = [
      ['{"a":1,}', 7],
      ['[1 2]', 3],
      ['{"a" 1}', 5],
      ['[1}', 2],
      ['{"a":"b\n"}', 7],
      ['["\\x"]', 2],
      ['[01]', 1],
      ['[1', 2],
      ['', 0],
      ['{} x', 3],
      ['[tru]', 1],
    ];
    expect(cases.map(([text]) => jsonErrorOffset(text))).toEqual(cases.map(([, offset]) => offset));
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        expect(jsonErrorOffset(text)).toBe(text.length);
        const cut = at % (text.length + 1);
        expect(jsonErrorOffset(text.slice(0, cut))).toBeLessThanOrEqual(cut);
      }),
      { numRuns: 300, seed: 29 },
    );
  });

  it('finds for any document the key that it asked for', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat({ max: 4 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const { positionOf } = readJsonText(text);
        const lines = text.split('\n');
        const visit = (node: unknown, pointer: readonly string[]): void => {
          if (node === null || typeof node !== 'object') return;
          for (const [key, member] of Object.entries(node)) {
            const { line, column } = positionOf([...pointer, key]);
            const found = lines[line - 1]?.slice(column - 1) ?? '';
            const expected = Array.isArray(node) ? JSON.stringify(member, null, indent).split('\n', 1)[0] : JSON.stringify(key);
            expect(found.startsWith(expected ?? '')).toBe(true);
            visit(member, [...pointer, key]);
          }
        };
        visit(value, []);
      }),
      { numRuns: 300, seed: 23 },
    );
  });
});
