/** Fields of request and response: declared, seen, or both; names and types only, never a value. */
import type { Operation } from '../api.ts';
import { count } from '../format.ts';
import { Empty } from './problem.tsx';

interface FieldRow {
  readonly path: string;
  readonly declared: string | null;
  readonly required: boolean;
  readonly dataClass: string | null;
  readonly seen: string | null;
}

function joined(
  declared: Operation['fieldsDeclared']['request'],
  seen: readonly { readonly path: string; readonly type: string }[],
): readonly FieldRow[] {
  const rows = new Map<string, FieldRow>();
  for (const field of declared) {
    rows.set(field.path, { path: field.path, declared: field.type, required: field.required, dataClass: field.dataClass, seen: null });
  }
  for (const { path, type } of seen) {
    const before = rows.get(path);
    const both = before === undefined || before.seen === null ? type : `${before.seen}, ${type}`;
    rows.set(
      path,
      before === undefined ? { path, declared: null, required: false, dataClass: null, seen: both } : { ...before, seen: both },
    );
  }
  // What is seen and not declared comes first: it is what nobody agreed to.
  return [...rows.values()].sort((a, b) => Number(a.declared !== null) - Number(b.declared !== null) || a.path.localeCompare(b.path));
}

export function FieldTable({ operation }: { operation: Operation }) {
  const visible = operation.fieldsSeen !== null;
  const hasSpec = operation.declared.length > 0;
  const parts = [
    ['Response', joined(operation.fieldsDeclared.response, operation.fieldsSeen?.response ?? [])],
    ['Request', joined(operation.fieldsDeclared.request, operation.fieldsSeen?.request ?? [])],
  ] as const;
  if (parts.every(([, rows]) => rows.length === 0)) {
    return (
      <Empty title="No field is known.">
        <p className="prose">
          {visible
            ? 'Bodies were visible and held no JSON.'
            : 'No source shows bodies; a HAR file would. A spec with schemas would declare them.'}
        </p>
      </Empty>
    );
  }
  return (
    <>
      {parts.map(([title, rows]) =>
        rows.length === 0 ? null : (
          <section key={title} className="card">
            <h2>
              {title} <span className="quiet-text">{count(rows.length)}</span>
            </h2>
            <div className="scroll-x">
              <table className="plain-table">
                <thead>
                  <tr>
                    <th scope="col">Field</th>
                    <th scope="col">Declared</th>
                    <th scope="col">Seen</th>
                    <th scope="col">Data class</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.path}>
                      <th scope="row" className="mono break">
                        {row.path}
                      </th>
                      <td>
                        {row.declared === null ? (
                          hasSpec ? (
                            <strong>not declared</strong>
                          ) : (
                            <span className="quiet-text">no spec</span>
                          )
                        ) : (
                          `${row.declared}${row.required ? ', required' : ''}`
                        )}
                      </td>
                      <td>{row.seen ?? <span className="quiet-text">{visible ? 'not seen' : 'not visible'}</span>}</td>
                      <td>{row.dataClass ?? <span className="quiet-text">–</span>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        ),
      )}
    </>
  );
}
