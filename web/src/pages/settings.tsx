/** stance.yaml, the six answers, workspaces, what you prefer, and who changed what. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { query } from '../api.ts';
import { Empty, Loaded, Skeleton } from '../components/problem.tsx';
import { Questions } from '../components/questions.tsx';
import { ViewLink } from '../components/view-link.tsx';
import { WorkspaceList } from '../components/workspace-list.tsx';
import { YamlEditor } from '../components/yaml-editor.tsx';
import { moment } from '../format.ts';
import { type Preferences, setPreferences, usePreferences } from '../preferences.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/settings');
const tabs = [
  ['file', 'stance.yaml'],
  ['questions', 'Six questions'],
  ['workspaces', 'Workspaces'],
  ['page', 'This browser'],
  ['log', 'Log'],
] as const;

export function SettingsPage() {
  const ws = useWorkspace();
  const search = route.useSearch();
  const tab = tabs.find(([id]) => id === search.tab)?.[0] ?? 'file';
  return (
    <div className="page">
      <div className="page-head">
        <h1>Settings</h1>
      </div>
      <nav className="tabs" aria-label="Parts of the settings">
        {tabs.map(([id, label]) => (
          <ViewLink key={id} set={{ tab: id === 'file' ? undefined : id }} className="tab" on={id === tab}>
            {label}
          </ViewLink>
        ))}
      </nav>
      {tab === 'file' ? <File ws={ws} /> : null}
      {tab === 'questions' ? <Questions ws={ws} /> : null}
      {tab === 'workspaces' ? <WorkspaceList /> : null}
      {tab === 'page' ? <Page /> : null}
      {tab === 'log' ? <Log ws={ws} /> : null}
    </div>
  );
}

function File({ ws }: { ws: string }) {
  const settings = useQuery(query.settings(ws));
  return (
    <Loaded from={settings} skeleton={<Skeleton rows={1} height={480} />}>
      {({ text }) => <YamlEditor key={ws} ws={ws} saved={text} />}
    </Loaded>
  );
}

function Page() {
  const preferences = usePreferences();
  const radio = <Name extends 'theme' | 'zone' | 'density'>(
    name: Name,
    legend: string,
    options: readonly (readonly [Preferences[Name], string])[],
  ) => (
    <fieldset className="radios">
      <legend>{legend}</legend>
      {options.map(([value, label]) => (
        <label key={value}>
          <input type="radio" name={name} checked={preferences[name] === value} onChange={() => setPreferences({ [name]: value })} />
          {label}
        </label>
      ))}
    </fieldset>
  );
  return (
    <section className="card form">
      <h2>What this browser prefers</h2>
      {radio('theme', 'Theme', [
        ['system', 'As the system'],
        ['light', 'Light'],
        ['dark', 'Dark'],
      ])}
      {radio('zone', 'Times', [
        ['utc', 'UTC'],
        ['local', 'Local time'],
      ])}
      {radio('density', 'Rows', [
        ['comfortable', 'Comfortable'],
        ['compact', 'Compact'],
      ])}
      <label className="switch-line">
        <input
          type="checkbox"
          checked={preferences.singleKeys}
          onChange={(event) => setPreferences({ singleKeys: event.target.checked })}
        />
        Single-key shortcuts
      </label>
      <label className="switch-line">
        <input type="checkbox" checked={preferences.live} onChange={(event) => setPreferences({ live: event.target.checked })} />
        Show changes as they happen
      </label>
    </section>
  );
}

function Log({ ws }: { ws: string }) {
  const audit = useQuery(query.audit(ws));
  return (
    <Loaded from={audit}>
      {({ rows }) =>
        rows.length === 0 ? (
          <Empty title="Nobody has changed anything yet." />
        ) : (
          <section className="card">
            <h2>Who did what</h2>
            <div className="scroll-x">
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">When</th>
                    <th scope="col">Who</th>
                    <th scope="col">What</th>
                    <th scope="col">On</th>
                    <th scope="col">Detail</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the log is append-only and has no id
                    <tr key={at}>
                      <td className="nowrap">{moment(row.atMs)}</td>
                      <td>{row.actor}</td>
                      <td>{row.action}</td>
                      <td className="break">{row.subject}</td>
                      <td className="break">{row.detail}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        )
      }
    </Loaded>
  );
}
