/** What an evidence reference points at, beside the page; its address (`?evidence=`) can be shared. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type EvidenceView, query } from '../api.ts';
import { bytes, count, moment } from '../format.ts';
import { AccountBar } from './account-bar.tsx';
import { ExchangeTable } from './exchange-table.tsx';
import { SeverityMark } from './mark.tsx';
import { Overlay } from './overlay.tsx';
import { Empty, Loaded, problemOf } from './problem.tsx';

export function EvidencePanel({ ws, reference }: { ws: string; reference: string }) {
  const navigate = useNavigate();
  const view = useQuery(query.evidence(ws, reference));
  const close = () => void navigate({ to: '.', search: (before) => ({ ...before, evidence: undefined }), resetScroll: false });
  const gone = view.isError && problemOf(view.error).status === 404;
  return (
    <Overlay title={view.data?.title ?? 'Evidence'} isOpen onClose={close} place="panel">
      <p className="quiet-text small">
        Evidence <code>{reference}</code>. Masked from the start: no raw secret, no personal value.
      </p>
      {gone ? (
        <Empty title="This evidence is no longer kept.">
          <p>Its source was removed or its time ran out. The next assessment no longer counts it.</p>
        </Empty>
      ) : (
        <Loaded from={view}>{(data) => <Shown view={data} />}</Loaded>
      )}
    </Overlay>
  );
}

function Shown({ view }: { view: EvidenceView }) {
  switch (view.kind) {
    case 'source':
      return (
        <>
          <dl className="facts">
            <dt>Format</dt>
            <dd>{view.source.format}</dd>
            <dt>Imported</dt>
            <dd>{moment(view.source.importedMs)}</dd>
            {view.source.bytes === null ? null : (
              <>
                <dt>Size</dt>
                <dd>{bytes(view.source.bytes)}</dd>
              </>
            )}
            {view.source.firstMs === null || view.source.lastMs === null ? null : (
              <>
                <dt>Covers</dt>
                <dd>
                  {moment(view.source.firstMs)} to {moment(view.source.lastMs)}
                </dd>
              </>
            )}
          </dl>
          <AccountBar account={view.source.account} />
          <p>
            <Link to="/sources" search={{ open: view.source.id, evidence: undefined }}>
              Open in Sources
            </Link>
          </p>
        </>
      );
    case 'document':
      return (
        <dl className="facts">
          <dt>File</dt>
          <dd className="mono break">{view.file}</dd>
          <dt>Format</dt>
          <dd>{view.format}</dd>
          <dt>Declares</dt>
          <dd>{count(view.operations)} operations</dd>
          <dt>SHA-256</dt>
          <dd className="mono break">{view.digest}</dd>
        </dl>
      );
    case 'operation':
      return (
        <>
          <ExchangeTable rows={view.exchanges} caption="Newest exchanges that this rests on, masked" />
          <p>
            <Link to="/operations/$id" params={{ id: view.operationId }} search={{ evidence: undefined }}>
              Open the operation
            </Link>
          </p>
        </>
      );
    case 'setting':
      return <pre className="setting-text">{view.text}</pre>;
    case 'decision':
      return (
        <dl className="facts">
          <dt>When</dt>
          <dd>{moment(view.decision.atMs)}</dd>
          <dt>Outcome</dt>
          <dd>
            {view.decision.outcome}
            {view.decision.count > 1 ? `, with ${count(view.decision.count - 1)} like it` : ''}
          </dd>
          <dt>Rule</dt>
          <dd className="mono break">{view.decision.rule}</dd>
          <dt>Why</dt>
          <dd>{view.decision.reason}</dd>
          {view.decision.template === '' ? null : (
            <>
              <dt>Request</dt>
              <dd className="mono break">
                {view.decision.method} {view.decision.template}
              </dd>
            </>
          )}
          <dt>From</dt>
          <dd className="mono break">
            {view.decision.network ?? 'not known'}
            {view.decision.client === null ? '' : `, client ${view.decision.client}`}
          </dd>
          <dt>Policy</dt>
          <dd>{view.decision.policyVersion}</dd>
        </dl>
      );
    case 'finding':
      return (
        <>
          <p>
            <SeverityMark severity={view.finding.severity} /> <code>{view.finding.rule}</code>
          </p>
          <p>{view.finding.detail}</p>
          <p>
            <strong>To do:</strong> {view.finding.fix}
          </p>
          <p>
            <Link to="/findings" search={{ open: view.finding.id, evidence: undefined }}>
              Open in Triage
            </Link>
          </p>
        </>
      );
  }
}
