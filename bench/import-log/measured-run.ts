/** Runs a program to its end and says how long it took and how much memory it held at most. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface MeasuredRun {
  readonly code: number | null;
  readonly seconds: number;
  /** Peak resident memory in MB (10^6 bytes); null where the system does not tell. */
  readonly memoryMb: number | null;
  /** End of what it wrote to standard error. */
  readonly said: string;
}

/** The kernel keeps the high-water mark itself; asking this often, milliseconds, only misses a program's last moment. */
const pollMs = 50;
const saidMax = 2_000;

export function measuredRun(file: string, args: readonly string[]): Promise<MeasuredRun> {
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let memoryMb: number | null = null;
    let said = '';
    const poll = setInterval(() => {
      memoryMb = (child.pid === undefined ? null : peakMb(child.pid)) ?? memoryMb;
    }, pollMs);
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-saidMax);
    });
    child.on('error', (error) => {
      clearInterval(poll);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(poll);
      resolve({ code, seconds: (performance.now() - startMs) / 1000, memoryMb, said });
    });
  });
}

function peakMb(pid: number): number | null {
  try {
    const kb = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kb === undefined ? null : (Number(kb) * 1024) / 1e6;
  } catch {
    // Not Linux, or the process has just ended.
    return null;
  }
}
