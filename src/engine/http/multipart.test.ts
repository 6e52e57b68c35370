import { describe, expect, test } from 'vitest';
import { MULTIPART_PARTS_MAX, readMultipart } from './multipart.ts';

const type = 'multipart/form-data; boundary=xx';
const part = (head: string, body: string): string => `--xx\r\n${head}\r\n\r\n${body}\r\n`;

describe('a multipart body', () => {
  test('in order has its parts and nothing to complain of', () => {
    const text = `${part('Content-Disposition: form-data; name="note"', 'two\r\nlines')}${part(
      'Content-Disposition: form-data; name="file"; filename="a;b.txt"\r\nContent-Type: text/plain',
      'content',
    )}--xx--\r\n`;
    const read = readMultipart(type, text);
    expect(read.malformed).toBeNull();
    expect(read.parts.map(({ name, fileName, mediaType, text: content }) => ({ name, fileName, mediaType, content }))).toEqual([
      { name: 'note', fileName: null, mediaType: null, content: 'two\r\nlines' },
      { name: 'file', fileName: 'a;b.txt', mediaType: 'text/plain', content: 'content' },
    ]);
  });

  test('is decoded from base64 and quoted-printable', () => {
    const text = `${part('Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64', 'aGVsbG8=')}${part(
      'Content-Disposition: form-data; name=b\r\nContent-Transfer-Encoding: quoted-printable',
      'a=3Db=\r\nc',
    )}--xx--`;
    expect(readMultipart(type, text).parts.map((each) => each.text)).toEqual(['hello', 'a=bc']);
  });

  test('keeps every name a reader could take', () => {
    const twice = readMultipart(
      type,
      `${part('Content-Disposition: form-data; name="a"; name="b"; filename="x"; filename*=UTF-8\'\'%79', '1')}--xx--`,
    );
    expect(twice.malformed).toBe('a part is named twice');
    expect(twice.parts[0]).toMatchObject({ name: 'a\nb', fileName: 'x\ny' });
  });

  const broken: readonly (readonly [string, string, string, string])[] = [
    ['no final boundary', type, part('Content-Disposition: form-data; name="a"', 'v'), 'the final boundary is missing'],
    [
      'no boundary declared',
      'multipart/form-data',
      `${part('Content-Disposition: form-data; name="a"', 'v')}--xx--`,
      'no boundary is declared',
    ],
    [
      'two boundaries declared',
      `${type}; boundary=yy`,
      `${part('Content-Disposition: form-data; name="a"', 'v')}--xx--`,
      'more than one boundary is declared',
    ],
    [
      'a boundary that does not occur',
      'multipart/form-data; boundary=zz',
      `${part('Content-Disposition: form-data; name="a"', 'v')}--xx--`,
      'the declared boundary does not occur',
    ],
    [
      'text before the first part',
      type,
      `hidden\r\n${part('Content-Disposition: form-data; name="a"', 'v')}--xx--`,
      'there is text before the first part',
    ],
    [
      'bare line feeds and text after',
      type,
      '--xx\nContent-Disposition: form-data; name="a"\n\nv\n--xx--\nmore',
      'there is text after the last part',
    ],
    [
      'a header line without a name',
      type,
      `${part('Content-Disposition: form-data; name="a"\r\nnonsense', 'v')}--xx--`,
      'a part has a header line without a name',
    ],
  ];
  test('out of order is read all the same, and why is said', () => {
    expect(broken).toHaveLength(7);
    for (const [name, contentType, text, malformed] of broken) {
      const read = readMultipart(contentType, text);
      expect([name, read.malformed, read.parts[0]?.name, read.parts[0]?.text]).toEqual([name, malformed, 'a', 'v']);
    }
  });

  test('has a bounded number of parts, and what follows stays visible', () => {
    const read = readMultipart(
      type,
      `${part('Content-Disposition: form-data; name="a"', 'v').repeat(MULTIPART_PARTS_MAX)}${part('Content-Disposition: form-data; name="z"', 'last')}--xx--`,
    );
    expect(read.parts.length).toBeLessThanOrEqual(MULTIPART_PARTS_MAX + 1);
    expect(read.parts[read.parts.length - 1]?.text).toContain('last');
  });

  test('without any part is one part, so that it is looked at', () => {
    expect(readMultipart(type, 'a=b')).toMatchObject({ parts: [{ name: null, text: 'a=b' }] });
  });
});
