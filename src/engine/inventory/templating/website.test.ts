import { describe, expect, test } from 'vitest';
import { statsOf, templatesOf } from './learn.fixture.ts';
import { learnTemplates } from './learn.ts';

/** A site shows its pages and their files. */
const pages = ['/index.html x60', '/css/site.css x60', '/guide/cover.png x40'];

function foldedOf(lines: readonly string[]): string[] {
  const stats = statsOf(lines);
  return learnTemplates(stats, [], []).folded.map(({ path, reason }) => `${reason} /${stats[path]?.segments.join('/')}`);
}

describe('in a website', () => {
  const documents = ['/facts/launch-notes.txt', '/archive/2019-report.pdf', '/photos/summer/00481.jpg x30', '/src/parser/lexer.tex'];

  test('documents and images below its folders are static, also those named by a number', () => {
    expect(templatesOf([...pages, ...documents])).toEqual([]);
    expect(foldedOf([...pages, ...documents]).filter((line) => line.startsWith('static'))).toHaveLength(2 + documents.length);
  });

  test('programs, data and what is written to stay operations', () => {
    const lines = ['/bin/counter.cgi x9', '/feeds/news.json x9', '/uploads/a1b2c3d4e5.png x9', 'POST /uploads 201 x9'];
    expect(templatesOf([...pages, ...lines])).toEqual([
      'GET /bin/counter.cgi',
      'GET /feeds/news.json',
      'GET /uploads/{uploadId}',
      'POST /uploads',
    ]);
  });

  test('an interface in a folder of its own is not touched', () => {
    expect(templatesOf([...pages, '/api/files/00481.pdf', '/api/files/00482.pdf'])).toEqual(['GET /api/files/{fileId}']);
  });

  test('titles of articles are one template', () => {
    const titles = ['brewing-tea-without-kettle', 'order-of-things', 'setting-up-home-server', 'review-of-new-search'];
    expect(templatesOf([...pages, '/journal x9', ...titles.map((title) => `/journal/${title}`)])).toEqual([
      'GET /journal',
      'GET /journal/{journalName}',
    ]);
  });
});

test('a service that answers few pages is no website: its files are values of a parameter', () => {
  expect(templatesOf(['/orders/1 x90', 'POST /orders 201 x20', '/index.html', '/exports/00481.pdf', '/exports/00482.pdf'])).toContain(
    'GET /exports/{exportId}',
  );
});

test('months and days below a value are values', () => {
  expect(templatesOf(['/diary/2019/Aug', '/diary/2019/Sep', '/diary/2020/Mar/4', '/diary/2020/May/11'])).toEqual([
    'GET /diary/{diaryId}/{diaryKey}',
    'GET /diary/{diaryId}/{diaryKey}/{id}',
  ]);
});

describe('a crowd of values', () => {
  const odd = 'bdfgklmnprst'.split('').flatMap((head) => ['ozu', 'ivo', 'ulka', 'ebri'].map((tail) => `/tags/${head}${tail}`));
  test('takes in familiar words among it that are called as they are', () => {
    expect(templatesOf([...odd, '/tags/firewall', '/tags/release', '/tags/tools'])).toEqual(['GET /tags/{tagName}']);
  });
  test('leaves out a word that answers another method', () => {
    expect(templatesOf([...odd, 'POST /tags/release x40', 'POST /tags/search x40'])).toEqual([
      'GET /tags/{tagName}',
      'POST /tags/release',
      'POST /tags/search',
    ]);
  });
});
