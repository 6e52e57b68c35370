/** One API: how its operations stand, and the way into each. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { query } from '../api.ts';
import { ExportMenu } from '../components/export-menu.tsx';
import { SeverityMark, StateMark } from '../components/mark.tsx';
import { authText } from '../components/operation-columns.tsx';
import { Empty, Loaded, Skeleton } from '../components/problem.tsx';
import { Sparkline } from '../components/sparkline.tsx';
import { count, plural, short } from '../format.ts';
import { authWord, stateMeaning } from '../words.ts';
import { useWorkspace } from '../workspace.ts';

const route = getRouteApi('/apis/$service');
/** Operations listed here; the rest is one press away in the inventory. */
const ROWS = 100;

export function ServicePage() {
  const ws = useWorkspace();
  const { service } = route.useParams();
  const page = useQuery(query.operations(ws, { service: [service], sort: 'gaps', desc: 'true', limit: String(ROWS) }));
  const facets = useQuery(query.facets(ws, { service: [service] }));
  const settings = useQuery(query.settings(ws));
  const told = settings.data?.settings.apis.find(({ name }) => name === service);
  return (
    <div className="page">
      <nav className="walk" aria-label="Up">
        <Link to="/inventory">Inventory</Link>
      </nav>
      <div className="page-head">
        <h1>{service}</h1>
        <p className="quiet-text">{page.data === undefined ? '' : plural(page.data.total, 'operation')}</p>
        <div className="end">
          <ExportMenu ws={ws} service={[service]} />
        </div>
      </div>
      <div className="stack">
        <section className="card">
          <h2>What is known</h2>
          <dl className="facts">
            <dt>Owner</dt>
            <dd>
              {told?.owner ??
                facets.data?.owner
                  .filter(({ value }) => value !== 'none')
                  .map(({ value }) => value)
                  .join(', ') ??
                '–'}
            </dd>
            <dt>Audience</dt>
            <dd>{told?.audience ?? 'not said'}</dd>
            <dt>Purpose</dt>
            <dd>{told?.purpose ?? 'not said'}</dd>
            <dt>Data</dt>
            <dd>{told?.dataLevel ?? 'not said'}</dd>
            <dt>States</dt>
            <dd className="head-facts">
              {(facets.data?.state ?? []).map(({ value, count: held }) => (
                <Link
                  key={value}
                  to="/inventory"
                  search={{ service, state: value }}
                  title={stateMeaning[value as keyof typeof stateMeaning]}
                >
                  {count(held)} {value}
                </Link>
              ))}
            </dd>
            <dt>Auth seen</dt>
            <dd className="head-facts">
              {(facets.data?.auth ?? []).map(({ value, count: held }) => (
                <Link key={value} to="/inventory" search={{ service, auth: value }}>
                  {authWord[value] ?? value}: {plural(held, 'operation')}
                </Link>
              ))}
            </dd>
          </dl>
        </section>
        <Loaded from={page} skeleton={<Skeleton rows={10} />}>
          {({ rows, total }) =>
            rows.length === 0 ? (
              <Empty title="No operation of this API is known.">
                <Link to="/inventory">Open the inventory</Link>
              </Empty>
            ) : (
              <section className="card">
                <h2>Operations</h2>
                <div className="scroll-x">
                  <table className="plain-table">
                    <thead>
                      <tr>
                        <th scope="col">Operation</th>
                        <th scope="col">State</th>
                        <th scope="col">Auth seen</th>
                        <th scope="col" className="number">
                          Calls a day
                        </th>
                        <th scope="col">Worst gap</th>
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map((row) => (
                        <tr key={row.id}>
                          <th scope="row">
                            <Link to="/operations/$id" params={{ id: row.id }} className="operation-name">
                              <span className="method">{row.method}</span>
                              <span className="break">{row.graphql ?? row.template}</span>
                            </Link>
                          </th>
                          <td>
                            <StateMark state={row.state} orphan={row.orphan} />
                          </td>
                          <td>{authText(row.auth) || '–'}</td>
                          <td className="number">
                            {row.traffic === null ? (
                              '–'
                            ) : (
                              <span className="rate">
                                {short(row.traffic.perDay)} <Sparkline daily={row.traffic.daily} />
                              </span>
                            )}
                          </td>
                          <td>{row.drift[0] === undefined ? '–' : <SeverityMark severity={row.drift[0].severity} />}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
                {total > rows.length ? (
                  <p>
                    <Link to="/inventory" search={{ service }}>
                      All {count(total)} in the inventory
                    </Link>
                  </p>
                ) : null}
              </section>
            )
          }
        </Loaded>
      </div>
    </div>
  );
}
