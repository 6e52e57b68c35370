import { expect, test } from 'vitest';
import { sections } from '../evidence/decision.ts';
import { compilePolicy } from './compile.ts';
import { defaultPolicy } from './default-policy.ts';
import { modeOrigin } from './mode-origin.ts';
import type { Policy } from './policy.ts';
import { headOf } from './request.fixture.ts';

const policy: Policy = {
  ...defaultPolicy,
  modes: { attacks: 'log' },
  defaults: { modes: { limits: 'log', response: 'off' } },
  routes: [
    { id: 'api', match: { paths: ['/api/**'] }, modes: { limits: 'off' } },
    { id: 'orders', match: { paths: ['/api/orders'] }, mode: 'log', modes: { limits: 'block' } },
  ],
};

test('the level that decides is named, and the mode is the one the policy goes by', () => {
  const origin = (section: (typeof sections)[number], count: number) => {
    const { mode, decidedBy } = modeOrigin(policy, policy.routes.slice(0, count), section);
    return [mode, decidedBy];
  };
  expect(origin('attacks', 0)).toEqual(['log', 'policy.modes']);
  expect(origin('limits', 0)).toEqual(['log', 'defaults.modes']);
  expect(origin('limits', 1)).toEqual(['off', 'route api.modes']);
  expect(origin('limits', 2)).toEqual(['log', 'route orders']);
  expect(origin('validation', 1)).toEqual(['block', null]);
  const compiled = compilePolicy(policy, []);
  for (const path of ['/', '/api/x', '/api/orders']) {
    const { routeIds, mode } = compiled.resolve(headOf(`GET ${path}`));
    const routes = policy.routes.filter(({ id }) => routeIds.includes(id));
    for (const section of sections) expect(modeOrigin(policy, routes, section).mode).toBe(mode(section));
  }
});
