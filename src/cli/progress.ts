/** How far an import is: one line that rewrites itself on a terminal, one line every ten seconds elsewhere. */
import type { ImportProgress } from '../workspace/use-cases.ts';
import { isCi, printable } from './terminal.ts';

/** Nothing is shown of what is over sooner. */
const quietMs = 1_000;
const terminalEveryMs = 100;
const pipeEveryMs = 10_000;

export class ProgressLine {
  readonly #isTerminal: boolean;
  readonly #now: () => number;
  readonly #write: (text: string) => void;
  readonly #startedMs: number;
  #shownMs = 0;
  #isOpen = false;

  constructor(options: { isTerminal?: boolean; now?: () => number; write?: (text: string) => void } = {}) {
    this.#isTerminal = options.isTerminal ?? (process.stderr.isTTY === true && !isCi());
    this.#now = options.now ?? Date.now;
    this.#write = options.write ?? ((text) => process.stderr.write(text));
    this.#startedMs = this.#now();
  }

  show(progress: ImportProgress): void {
    const nowMs = this.#now();
    if (nowMs - this.#startedMs < quietMs) return;
    const since = nowMs - Math.max(this.#shownMs, this.#isTerminal ? 0 : this.#startedMs);
    if (since < (this.#isTerminal ? terminalEveryMs : pipeEveryMs)) return;
    this.#shownMs = nowMs;
    const text = progressText(progress);
    this.#write(this.#isTerminal ? `\r\u001b[2K${text}` : `${text}\n`);
    this.#isOpen = this.#isTerminal;
  }

  /** Takes the rewriting line away before anything else is said. */
  clear(): void {
    if (this.#isOpen) this.#write('\r\u001b[2K');
    this.#isOpen = false;
  }
}

export function progressText(progress: ImportProgress): string {
  const { name, phase, seen, bytesDone, bytesTotal, perSecond, secondsLeft } = progress;
  if (phase === 'learning') return 'Learning path templates';
  if (phase === 'assessing') return 'Judging the controls';
  const share = bytesTotal === null || bytesTotal === 0 ? '' : `  ${Math.min(100, Math.floor((100 * bytesDone) / bytesTotal))} %`;
  const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`;
  return `${printable(name)}  ${seen.toLocaleString('en-US')} seen${share}  ${compact(perSecond)}/s${left}`;
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

function compact(count: number): string {
  return count >= 10_000 ? `${Math.round(count / 1000)}k` : String(Math.round(count));
}
