import { describe, expect, it } from 'vitest';
import { type Asked, DiscoveryWatch } from './discovery-watch.ts';

const bare = (path: number, client = 'scanner'): Asked => ({ client, path, isBare: true });

describe('discovery watch', () => {
  it('refuses a client whose requests are mostly for things that are not there', () => {
    const watch = new DiscoveryWatch();
    for (let path = 0; path < 30; path++) watch.answered(bare(path), 404, path);
    expect(watch.check(bare(99), 100)?.rule).toBe('behaviour.discovery');
  });
  it('refuses a client that asks for eight sensitive files', () => {
    const watch = new DiscoveryWatch();
    for (let path = 0; path < 8; path++) watch.probed(bare(path), path);
    expect(watch.check(bare(99), 100)).not.toBeNull();
  });
  it('does not refuse a crawler that meets a few dead links', () => {
    const watch = new DiscoveryWatch();
    for (let path = 0; path < 300; path++) watch.answered(bare(path), path % 10 === 0 ? 404 : 200, path);
    expect(watch.check(bare(999), 400)).toBeNull();
  });
  it('does not refuse one missing thing asked for a thousand times', () => {
    const watch = new DiscoveryWatch();
    for (let at = 0; at < 1000; at++) watch.answered(bare(7), 404, at);
    expect(watch.check(bare(7), 1000)).toBeNull();
  });
  it('does not refuse requests with a credential, cookie or query, whatever their client did', () => {
    const watch = new DiscoveryWatch();
    for (let path = 0; path < 40; path++) watch.answered(bare(path), 404, path);
    expect(watch.check({ ...bare(99), isBare: false }, 100)).toBeNull();
  });
  it('does not refuse what others are served', () => {
    const watch = new DiscoveryWatch();
    watch.answered(bare(99, 'somebody'), 200, 0);
    for (let path = 0; path < 40; path++) watch.answered(bare(path), 404, path);
    expect(watch.check(bare(99), 100)).toBeNull();
    expect(watch.check(bare(98), 100)).not.toBeNull();
  });
  it('forgets after a quiet minute', () => {
    const watch = new DiscoveryWatch();
    for (let path = 0; path < 40; path++) watch.answered(bare(path), 404, path);
    expect(watch.check(bare(99), 70_000)).toBeNull();
  });
});
