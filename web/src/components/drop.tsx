/** Bring files in: drop, choose, one after another; the server streams them, the page shows what it hears. */
import { useId, useRef, useState } from 'react';
import { type ImportReport, refresh, request, within } from '../api.ts';
import { bytes, count, duration, plural } from '../format.ts';
import { useLive } from '../live.ts';
import { AccountBar } from './account-bar.tsx';
import { Button } from './button.tsx';
import { ProblemBox } from './problem.tsx';

interface Job {
  readonly name: string;
  readonly size: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly report: ImportReport | null;
  readonly error: unknown;
}

/** Files taken in one go; more belong in a folder given to the command line. */
const FILES_MAX = 50;

export function Drop({ ws, compact = false, onDone }: { ws: string; compact?: boolean; onDone?: () => void }) {
  const [jobs, setJobs] = useState<readonly Job[]>([]);
  const [over, setOver] = useState(false);
  const running = useRef(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const take = async (files: readonly File[]) => {
    if (running.current || files.length === 0) return;
    running.current = true;
    const chosen = files.slice(0, FILES_MAX);
    const set = (at: number, change: Partial<Job>) =>
      setJobs((before) => before.map((job, index) => (index === at ? { ...job, ...change } : job)));
    setJobs(chosen.map(({ name, size }) => ({ name, size, state: 'waiting', report: null, error: null })));
    for (const [at, file] of chosen.entries()) {
      set(at, { state: 'running' });
      try {
        const report = await request<ImportReport>(within(ws, `/imports?name=${encodeURIComponent(file.name)}`), {
          method: 'POST',
          raw: file,
        });
        const failed = report.inputs.find(({ error }) => error !== null);
        set(at, failed === undefined ? { state: 'done', report } : { state: 'failed', report, error: problemFrom(failed.error) });
      } catch (error) {
        set(at, { state: 'failed', error });
      }
    }
    running.current = false;
    await refresh(ws);
    onDone?.();
  };
  return (
    <div className="drop-box">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same by keyboard */}
      <div
        className={`drop${over ? ' over' : ''}${compact ? ' compact' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take([...event.dataTransfer.files]);
        }}
      >
        <input
          ref={input}
          id={id}
          type="file"
          multiple
          className="visually-hidden"
          tabIndex={-1}
          aria-label="Files to import"
          onChange={(event) => {
            void take([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
        <Button kind={compact ? 'plain' : 'main'} onPress={() => input.current?.click()}>
          Choose files
        </Button>
        <span className="quiet-text">
          {compact
            ? 'or drop them here'
            : 'or drop them here: OpenAPI, Postman, HAR, access logs, gateway configuration, stance.yaml; also .gz and .zst'}
        </span>
      </div>
      {jobs.length === 0 ? null : (
        <ul className="jobs">
          {jobs.map((job) => (
            <JobLine key={job.name} job={job} />
          ))}
        </ul>
      )}
    </div>
  );
}

function problemFrom(error: ImportReport['inputs'][number]['error']): Error {
  return new Error(error === null ? '' : `${error.message} ${error.unchanged} ${error.next}`);
}

function JobLine({ job }: { job: Job }) {
  const { imports } = useLive();
  // The server calls what came in through the page `upload:NAME`, so that no path of its own machine can be meant.
  const progress = imports.get(`upload:${job.name}`) ?? imports.get(job.name);
  const input = job.report?.inputs[0];
  return (
    <li className="job" aria-live="polite">
      <div className="job-head">
        <strong className="clip">{job.name}</strong>
        <span className="quiet-text nowrap">
          {input?.format ?? progress?.format ?? ''} {bytes(job.size)}
        </span>
        <span className="job-state">
          {job.state === 'waiting'
            ? 'waiting'
            : job.state === 'running'
              ? progress === undefined
                ? 'sending'
                : progress.phase
              : job.state}
        </span>
      </div>
      {job.state === 'running' ? (
        <>
          <progress
            aria-label={`Importing ${job.name}`}
            {...(progress?.bytesTotal ? { value: progress.bytesDone / progress.bytesTotal, max: 1 } : {})}
          />
          <p className="quiet-text small">
            {progress === undefined
              ? 'Sending the file to the server on this machine.'
              : `${count(progress.seen)} seen, ${count(progress.perSecond)} a second${progress.secondsLeft === null ? '' : `, ${duration(progress.secondsLeft * 1000)} left`}`}
          </p>
        </>
      ) : null}
      {job.state === 'failed' ? <ProblemBox error={job.error} /> : null}
      {input !== undefined && input.error === null ? (
        <>
          <AccountBar account={input.account} />
          <p className="quiet-text small">
            {input.operationsDeclared > 0 ? `${plural(input.operationsDeclared, 'operation')} declared. ` : ''}
            {input.already > 0 ? `${plural(input.already, 'line')} were known from an earlier import and not counted again. ` : ''}
            {job.report === null ? '' : `Took ${duration(job.report.tookMs)}.`}
          </p>
        </>
      ) : null}
    </li>
  );
}
