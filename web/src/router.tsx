/** Every page and the part of its state that lives in the address. Pages load when first opened. */
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
  retainSearchParams,
} from '@tanstack/react-router';
import { ProblemBox } from './components/problem.tsx';
import { Shell } from './components/shell.tsx';
import { NotFound } from './pages/not-found.tsx';
import { parseSearch, pick, stringifySearch } from './search.ts';
import { threatFilterNames } from './threat-filter.ts';

const rootRoute = createRootRouteWithContext()({
  // ws: workspace; env: environment by name; evidence: what the evidence panel shows.
  validateSearch: (search: Record<string, unknown>) => pick(search, ['ws', 'env', 'evidence']),
  search: { middlewares: [retainSearchParams(['ws', 'env'])] },
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: ({ error, reset }) => (
    <div className="page">
      <ProblemBox error={error} onRetry={reset} />
    </div>
  ),
});

const home = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/posture', replace: true });
  },
});

const start = createRoute({
  getParentRoute: () => rootRoute,
  path: '/start',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['step']),
  component: lazyRouteComponent(() => import('./pages/start.tsx'), 'Start'),
});

const posture = createRoute({
  getParentRoute: () => rootRoute,
  path: '/posture',
  // since: age of the chart in days; at: the point looked back to; change: an open decision dialog.
  validateSearch: (search: Record<string, unknown>) => pick(search, ['since', 'at', 'change', 'cause']),
  component: lazyRouteComponent(() => import('./pages/posture.tsx'), 'PosturePage'),
});

export const inventorySearch = [
  'state',
  'service',
  'method',
  'owner',
  'auth',
  'audience',
  'text',
  'drift',
  'new',
  'sort',
  'columns',
  'drawer',
  'reason',
] as const;

const inventory = createRoute({
  getParentRoute: () => rootRoute,
  path: '/inventory',
  validateSearch: (search: Record<string, unknown>) => pick(search, inventorySearch),
  component: lazyRouteComponent(() => import('./pages/inventory.tsx'), 'InventoryPage'),
});

const operation = createRoute({
  getParentRoute: () => rootRoute,
  path: '/operations/$id',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['tab', 'before', 'days', 'edit']),
  component: lazyRouteComponent(() => import('./pages/operation.tsx'), 'OperationPage'),
});

const service = createRoute({
  getParentRoute: () => rootRoute,
  path: '/apis/$service',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['tab', 'edit']),
  component: lazyRouteComponent(() => import('./pages/service.tsx'), 'ServicePage'),
});

const controls = createRoute({
  getParentRoute: () => rootRoute,
  path: '/controls',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['pillar', 'outcome', 'framework', 'stale', 'text', 'open', 'sort']),
  component: lazyRouteComponent(() => import('./pages/controls.tsx'), 'ControlsPage'),
});

const findings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/findings',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['severity', 'state', 'rule', 'text', 'open']),
  component: lazyRouteComponent(() => import('./pages/findings.tsx'), 'FindingsPage'),
});

const threats = createRoute({
  getParentRoute: () => rootRoute,
  path: '/threats',
  // span: 1h, 7d or custom with from and to; open: an incident number; make: the rule of this filter; tab: policy.
  validateSearch: (search: Record<string, unknown>) =>
    pick(search, ['tab', 'span', 'from', 'to', 'open', 'make', 'edit', ...threatFilterNames]),
  component: lazyRouteComponent(() => import('./pages/threats.tsx'), 'ThreatsPage'),
});

const sources = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sources',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['open']),
  component: lazyRouteComponent(() => import('./pages/sources.tsx'), 'SourcesPage'),
});

const settings = createRoute({
  getParentRoute: () => rootRoute,
  path: '/settings',
  validateSearch: (search: Record<string, unknown>) => pick(search, ['tab']),
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'SettingsPage'),
});

const routeTree = rootRoute.addChildren([
  home,
  start,
  posture,
  inventory,
  operation,
  service,
  findings,
  threats,
  controls,
  sources,
  settings,
]);

export function makeRouter(history?: RouterHistory) {
  return createRouter({
    routeTree,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
    ...(history === undefined ? {} : { history }),
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
