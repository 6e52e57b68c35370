/** The frame around every page: navigation, workspace, environment, search, time zone, theme, help. */
import { QueryErrorResetBoundary, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { query, sessionQuery, workspacesQuery } from '../api.ts';
import { zoneName } from '../format.ts';
import { useKeys } from '../keyboard.ts';
import { clearFault, listen, useLive } from '../live.ts';
import { SignIn } from '../pages/sign-in.tsx';
import { places } from '../places.ts';
import { type Preferences, setPreferences, usePreferences } from '../preferences.ts';
import { useWorkspace } from '../workspace.ts';
import { Button, IconButton } from './button.tsx';
import { Icon } from './icon.tsx';
import { ChoiceMenu } from './overlay.tsx';
import { ProblemBox, problemOf, Skeleton } from './problem.tsx';

const Palette = lazy(() => import('./palette.tsx').then((module) => ({ default: module.Palette })));
const Help = lazy(() => import('./help.tsx').then((module) => ({ default: module.Help })));
const EvidencePanel = lazy(() => import('./evidence-panel.tsx').then((module) => ({ default: module.EvidencePanel })));

/** Nothing is asked of the server before it knows this browser. */
export function Shell() {
  const session = useQuery(sessionQuery);
  if (session.data !== undefined) return <Frame />;
  if (session.isError) {
    if (problemOf(session.error).status === 401) return <SignIn onRetry={() => void session.refetch()} />;
    return (
      <main className="sign-in">
        <h1>Stance</h1>
        <ProblemBox error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  return (
    <main className="sign-in">
      <Skeleton rows={3} />
    </main>
  );
}

function Frame() {
  const ws = useWorkspace();
  const navigate = useNavigate();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const { evidence } = useSearch({ strict: false });
  usePreferences();
  useEffect(() => listen(ws), [ws]);
  useEffect(() => {
    // Fetched while nobody waits, so that Ctrl-K takes the first letter typed after it.
    const timer = setTimeout(() => void import('./palette.tsx'), 1500);
    return () => clearTimeout(timer);
  }, []);
  useKeys({
    'mod+k': () => setOpen('palette'),
    '?': () => setOpen('help'),
    '/': () => document.querySelector<HTMLInputElement>('main input[type="search"]')?.focus(),
    ...Object.fromEntries(places.map(({ to, key }) => [`g ${key}`, () => void navigate({ to })])),
  });
  return (
    <>
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <TopBar ws={ws} onSearch={() => setOpen('palette')} onHelp={() => setOpen('help')} />
      <div className="frame">
        <Navigation ws={ws} />
        <div className="content">
          <Bands ws={ws} />
          <main id="main" tabIndex={-1}>
            <QueryErrorResetBoundary>
              <Suspense fallback={<PageSkeleton />}>
                <Outlet />
              </Suspense>
            </QueryErrorResetBoundary>
          </main>
        </div>
      </div>
      <Suspense>
        {open === 'palette' ? <Palette ws={ws} onClose={() => setOpen(null)} onHelp={() => setOpen('help')} /> : null}
        {open === 'help' ? <Help onClose={() => setOpen(null)} /> : null}
        {evidence === undefined ? null : <EvidencePanel ws={ws} reference={evidence} />}
      </Suspense>
    </>
  );
}

export function PageSkeleton() {
  return (
    <div className="page">
      <Skeleton rows={8} height={56} />
    </div>
  );
}

function TopBar({ ws, onSearch, onHelp }: { ws: string; onSearch: () => void; onHelp: () => void }) {
  const preferences = usePreferences();
  return (
    <header className="top-bar">
      <Link to="/posture" className="brand">
        <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
          <path d="M1 11h14v3H1zM1 6.5h9v3H1zM1 2h5v3H1z" fill="currentColor" />
        </svg>
        <span>Stance</span>
      </Link>
      <WorkspaceMenu ws={ws} />
      <EnvironmentMenu ws={ws} />
      <Button kind="plain" className="search-button" onPress={onSearch}>
        <Icon name="search" />
        <span className="wide-text">Search or command</span>
        <kbd className="wide-only">Ctrl K</kbd>
      </Button>
      <Button
        kind="quiet"
        className="zone"
        aria-label={`Time zone: ${zoneName()}. Switch to ${preferences.zone === 'utc' ? 'local time' : 'UTC'}`}
        onPress={() => setPreferences({ zone: preferences.zone === 'utc' ? 'local' : 'utc' })}
      >
        {zoneName()}
      </Button>
      <ChoiceMenu
        label="Theme"
        trigger={
          <IconButton name="Theme">
            <Icon name="theme" />
          </IconButton>
        }
        selected={preferences.theme}
        choices={[
          { id: 'system', label: 'As the system' },
          { id: 'light', label: 'Light' },
          { id: 'dark', label: 'Dark' },
        ]}
        onChoose={(theme) => setPreferences({ theme: theme as Preferences['theme'] })}
      />
      <IconButton name="Keys and help" onPress={onHelp}>
        <Icon name="help" />
      </IconButton>
    </header>
  );
}

function WorkspaceMenu({ ws }: { ws: string }) {
  const { data } = useQuery(workspacesQuery);
  const navigate = useNavigate();
  const here = data?.rows.find(({ name }) => name === ws);
  return (
    <ChoiceMenu
      label="Workspace"
      trigger={
        <Button kind="quiet" className="workspace">
          <span className="visually-hidden">Workspace</span>
          <span className="clip">{ws}</span>
          {here?.badge === 'sample' ? <span className="badge">SAMPLE</span> : null}
          <Icon name="down" />
        </Button>
      }
      selected={ws}
      choices={[
        ...(data?.rows ?? []).map(({ name, badge, empty }) => ({
          id: name,
          label: name,
          ...(badge === 'sample' ? { hint: 'sample' } : empty ? { hint: 'empty' } : {}),
        })),
        { id: '#settings', label: 'Manage workspaces' },
      ]}
      onChoose={(name) =>
        void (name === '#settings'
          ? navigate({ to: '/settings', search: { tab: 'workspaces' } })
          : navigate({ to: '/posture', search: { ws: name, env: undefined } }))
      }
    />
  );
}

function EnvironmentMenu({ ws }: { ws: string }) {
  const { data } = useQuery(query.settings(ws));
  const { env } = useSearch({ strict: false });
  const navigate = useNavigate();
  const environments = data?.settings.environments ?? [];
  if (environments.length === 0) return null;
  return (
    <ChoiceMenu
      label="Environment"
      trigger={
        <Button kind="quiet" className="environment">
          <span className="visually-hidden">Environment</span>
          <span className="clip">{env ?? 'All environments'}</span>
          <Icon name="down" />
        </Button>
      }
      selected={env ?? ''}
      choices={[
        { id: '', label: 'All environments' },
        ...environments.map(({ name, kind }) => ({ id: name, label: name, ...(kind === name ? {} : { hint: kind }) })),
      ]}
      onChoose={(name) => void navigate({ to: '.', search: (before) => ({ ...before, env: name === '' ? undefined : name }) })}
    />
  );
}

function Navigation({ ws }: { ws: string }) {
  const { data } = useQuery(query.posture(ws));
  const failing = data?.assessment?.controls.filter(({ outcome }) => outcome === 'failing').length;
  const counts: Readonly<Record<string, number | undefined>> = { '/inventory': data?.summary?.operations, '/controls': failing };
  return (
    <nav className="side" aria-label="Pages">
      {places.map(({ to, label, icon }) => (
        <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }} className="side-link">
          <Icon name={icon} />
          <span>{label}</span>
          {to === '/inventory' && counts[to] !== undefined ? <span className="side-count">{counts[to]}</span> : null}
          {to === '/controls' && counts[to] ? <span className="side-count">{counts[to]} failing</span> : null}
        </Link>
      ))}
    </nav>
  );
}

/** Full-width words above the page: this is sample data; this is one environment only. */
function Bands({ ws }: { ws: string }) {
  const workspaces = useQuery(workspacesQuery);
  const settings = useQuery(query.settings(ws));
  const { env } = useSearch({ strict: false });
  const { fault } = useLive();
  // The server's default is the sample as long as nothing else has content.
  const own = workspaces.data?.rows.find(({ badge }) => badge === null)?.name ?? 'main';
  const sample = workspaces.data?.rows.find(({ name }) => name === ws)?.badge === 'sample';
  const environment = settings.data?.settings.environments.find(({ name }) => name === env);
  return (
    <>
      {sample ? (
        <section className="band sample" aria-label="Sample data">
          <Link to="/start" search={{ ws: own, env: undefined }} className="button main">
            Use my own data
          </Link>
          <span>
            <strong>SAMPLE</strong> This company is made up. It lives in a workspace of its own and can be deleted.
          </span>
          <Link to="/settings" search={{ tab: 'workspaces' }}>
            Delete sample
          </Link>
        </section>
      ) : null}
      {fault === null ? null : (
        <section className="band" role="alert">
          <span>{fault}</span>
          <Button onPress={clearFault}>Close</Button>
        </section>
      )}
      {env === undefined ? null : (
        <section className="band environment-band" data-kind={environment?.kind ?? 'unknown'} aria-label="Environment">
          <strong>{(environment?.kind ?? env).toUpperCase()}</strong>
          <span>Inventory shows the hosts of “{env}” only. Posture, controls and triage always count all environments.</span>
        </section>
      )}
    </>
  );
}
