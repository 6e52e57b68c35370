import { describe, expect, it } from 'vitest';
import type { ParsedBody, RequestHead } from '../http/request.ts';
import { ClientWatch, type WatchEvent } from './client-watch.ts';

const modes = { discovery: 'block', guessing: 'block' } as const;
const nobody = { kind: 'none' } as const;

function head(method: string, path: string, agent = 'browser'): RequestHead {
  return {
    ...{ method, scheme: 'https', host: 'api.example.test', path, query: null, clientAddress: '203.0.113.9', certificate: null },
    ...{ httpVersion: '1.1', tlsVersion: null, clientShape: null },
    headers: [{ name: 'user-agent', value: agent }],
  };
}

function login(username: string, password: string): ParsedBody {
  return {
    ...{ kind: 'json', mediaType: 'application/json', json: { username, password }, form: null, parts: null, text: null },
    ...{ isWhole: true, bytes: 40, malformed: null },
  };
}

describe('client watch', () => {
  it('what several processes saw of one client counts together', () => {
    const all: ClientWatch[] = [];
    const watches = [0, 1, 2].map(
      (at) => new ClientWatch(7, (event: WatchEvent) => all.forEach((other, to) => void (to !== at && other.heard(event, 0)))),
    );
    all.push(...watches);
    for (let at = 0; at < 9; at++) watches[at % 3]?.answered(head('POST', '/login'), login('ada', `guess ${at}`), nobody, 401, at);
    for (const watch of watches)
      expect(watch.checkBody(head('POST', '/login'), login('ada', 'one more'), nobody, modes, 10).map(({ rule }) => rule)).toEqual([
        'behaviour.guessing',
      ]);
  });
  it('two programs behind one address are two clients', () => {
    const watch = new ClientWatch(7);
    for (let at = 0; at < 40; at++) watch.answered(head('GET', `/${at}`, 'scanner'), null, nobody, 404, at);
    expect(watch.checkHead(head('GET', '/x', 'scanner'), nobody, modes, 50)).toHaveLength(1);
    expect(watch.checkHead(head('GET', '/x', 'browser'), nobody, modes, 50)).toEqual([]);
  });
  it('a password set at a path that is no login is no guess', () => {
    const watch = new ClientWatch(7);
    for (let at = 0; at < 20; at++) watch.answered(head('POST', '/orders'), login('ada', `guess ${at}`), nobody, 401, at);
    expect(watch.checkBody(head('POST', '/orders'), login('ada', 'x'), nobody, modes, 30)).toEqual([]);
  });
  it('a section that is off says nothing', () => {
    const watch = new ClientWatch(7);
    for (let at = 0; at < 40; at++) watch.answered(head('GET', `/${at}`), null, nobody, 404, at);
    expect(watch.checkHead(head('GET', '/x'), nobody, { discovery: 'off', guessing: 'off' }, 50)).toEqual([]);
  });
});
