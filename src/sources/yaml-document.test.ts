import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStructured, readStructuredMany } from './structured-document.ts';
import { readYamlText } from './yaml-document.ts';
import { yamlParts } from './yaml-parts.ts';

/** A document of many members, large enough to be cut. */
function largeText(members: number): string {
  const lines = ['---', '# made for a test', 'openapi: 3.0.3', '"info": { title: Big }', 'paths:   # all of them'];
  for (let at = 0; at < members; at++) {
    lines.push(
      `  /t${at}/{id}:`,
      '    # what it does',
      '    get:',
      '      description: |',
      '        # no comment, and',
      '        key: no key',
      '',
      `      operationId: g${at}`,
      `      summary: ${'x'.repeat(300)}`,
    );
  }
  lines.push('components:', '  schemas:', '    A: { type: string }');
  return `${lines.join('\n')}\n`;
}

describe('yaml document', () => {
  it('knows the place of every key and item', () => {
    const { positionOf } = readStructured('a:\n  - b: 1\n    c: [x, y]\n  - d\ne: {f: 2}\n');
    expect(positionOf(['a', '0', 'c', '1'])).toEqual({ line: 3, column: 12 });
    expect(positionOf(['a', '1'])).toEqual({ line: 4, column: 5 });
    expect(positionOf(['e', 'f'])).toEqual({ line: 5, column: 5 });
    expect(positionOf(['e', 'gone', 'deeper'])).toEqual({ line: 5, column: 1 });
  });

  it('keeps places right where keys look like numbers', () => {
    const { positionOf } = readStructured("b: 1\n'404': 2\n'200': 3\n");
    expect(['b', '404', '200'].map((key) => positionOf([key]).line)).toEqual([1, 2, 3]);
  });

  it('shares what an anchor names, merges, and ends on aliases of aliases', () => {
    const { value, problems } = readStructured('base: &b {x: 1}\none: {<<: *b, y: 2}\ntwo: *gone\nself: &s {me: *s}\n');
    expect(value).toMatchObject({ one: { x: 1, y: 2 }, two: null });
    expect(problems.map(({ line, message }) => [line, message])).toContainEqual([3, 'The alias *gone has no anchor before it.']);
    const bomb = Array.from(
      { length: 40 },
      (_, at) =>
        `a${at}: &a${at} [${Array(9)
          .fill(at === 0 ? 'x' : `*a${at - 1}`)
          .join(', ')}]`,
    ).join('\n');
    expect(Object.keys(readStructured(bomb).value as object)).toHaveLength(40);
  });

  it('takes names that JavaScript gives a meaning for names', () => {
    const { value } = readStructured('__proto__: {polluted: true}\nconstructor: 1\n');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('leaves out what is nested too deeply, and says so', () => {
    const { problems } = readStructured(`${'[\n'.repeat(5000)}`);
    expect(problems.length).toBeGreaterThan(0);
    expect(readStructured(Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')).problems[0]?.message).toMatch(/deep/);
  });

  it('reads several documents, each with lines of the file', () => {
    const documents = readStructuredMany('a: 1\n---\nb: 2\n---\nc: 3\n');
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    expect(documents[2]?.positionOf(['c']).line).toBe(5);
  });

  it('reads a large text in parts, with the same values and lines as in one piece', () => {
    const text = largeText(6000);
    expect(text.length).toBeGreaterThan(2 * 1024 * 1024);
    expect(yamlParts(text)?.length).toBeGreaterThan(4);
    const [document] = readYamlText(text);
    const value = document?.value as Record<string, Record<string, { get: { operationId: string } }>>;
    expect(document?.problems).toEqual([]);
    expect(Object.keys(value)).toEqual(['openapi', 'info', 'paths', 'components']);
    expect(Object.keys(value.paths ?? {})).toHaveLength(6000);
    const lines = text.split('\n');
    for (const at of [0, 1, 1234, 5999]) {
      expect(value.paths?.[`/t${at}/{id}`]?.get.operationId).toBe(`g${at}`);
      expect(document?.positionOf(['paths', `/t${at}/{id}`]).line).toBe(lines.indexOf(`  /t${at}/{id}:`) + 1);
      expect(document?.positionOf(['paths', `/t${at}/{id}`, 'get', 'operationId']).line).toBe(
        lines.indexOf(`      operationId: g${at}`) + 1,
      );
    }
    expect(document?.positionOf(['paths']).line).toBe(5);
    expect(document?.positionOf(['components', 'schemas', 'A']).line).toBe(lines.length - 1);
  });

  it('does not cut a text with anchors, several documents, or a list at the top', () => {
    expect(yamlParts('a: &x 1\nb: *x\n')).toBeNull();
    expect(yamlParts('a: 1\n---\nb: 1\n')).toBeNull();
    expect(yamlParts('  a: 1\n')).toBeNull();
  });

  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]:-,#&*!|>"\'\n\t ab%@`?<0'), maxLength: 80 }), (text) => {
        for (const document of readYamlText(text)) expect(document.positionOf(['a', '0', 'b']).line).toBeGreaterThan(0);
      }),
      { numRuns: 3000, seed: 17 },
    );
  });
});
