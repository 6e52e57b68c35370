/** Certificates of the front: read from files, read again when the files change, without losing a connection. */
import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions, type Server as TlsServer } from 'node:tls';
import { StanceError } from '../errors.ts';

export interface TlsFiles {
  /** PEM, leaf first. */
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM of the authorities that client certificates must come from; null = none is asked for. */
  readonly clientCaFile: string | null;
  /** `demand` ends a handshake without a valid certificate; `ask` leaves it to the policy. */
  readonly clientCertificate: 'ask' | 'demand';
}

/** Oldest version spoken (RFC 8996 ended 1.0 and 1.1). */
const MIN_VERSION = 'TLSv1.2';
/** Files are looked at anew this long after the last change, so that certificate and key are both in place. */
const SETTLE_MS = 100;
/** And this often even when no change was announced: some file systems tell nobody. */
const LOOK_EVERY_MS = 30_000;

/** What `createServer` and `setSecureContext` take. */
export function readTls(files: TlsFiles): SecureContextOptions {
  try {
    const options: SecureContextOptions = {
      cert: readFileSync(files.certFile, 'utf8'),
      key: readFileSync(files.keyFile, 'utf8'),
      minVersion: MIN_VERSION,
      ...(files.clientCaFile === null ? {} : { ca: readFileSync(files.clientCaFile, 'utf8') }),
    };
    // Fails on a key that does not belong to the certificate, before anybody is served with it.
    const context: SecureContext = createSecureContext(options);
    return context === undefined ? {} : options;
  } catch (cause) {
    throw new StanceError('config-invalid', {
      message: 'The certificate or key of the guard cannot be read or do not belong together.',
      unchanged: 'The certificate in use, if any, stays in use.',
      next: `Check ${files.certFile} and ${files.keyFile}.`,
      cause,
    });
  }
}

/** Keeps a TLS server's certificate as the files have it. */
export class CertificateWatch {
  private readonly files: TlsFiles;
  private readonly server: TlsServer;
  private readonly onReload: (error: StanceError | null) => void;
  private readonly watchers: FSWatcher[] = [];
  private readonly timer: NodeJS.Timeout;
  private settle: NodeJS.Timeout | null = null;
  private stamp: string;

  /** @param onReload told of each new certificate, or why the former one was kept */
  constructor(server: TlsServer, files: TlsFiles, onReload: (error: StanceError | null) => void) {
    this.server = server;
    this.files = files;
    this.onReload = onReload;
    this.stamp = this.look();
    const paths = [files.certFile, files.keyFile, ...(files.clientCaFile === null ? [] : [files.clientCaFile])];
    // The folder, not the file: renewals replace the file or turn a link, and a watch on the old one would hear nothing.
    for (const folder of new Set(paths.map((path) => dirname(path)))) {
      this.watchers.push(watch(folder, { persistent: false }, () => this.changed()).on('error', () => undefined));
    }
    this.timer = setInterval(() => this.changed(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    for (const watcher of this.watchers) watcher.close();
    clearInterval(this.timer);
    if (this.settle !== null) clearTimeout(this.settle);
  }

  private changed(): void {
    if (this.settle !== null) clearTimeout(this.settle);
    this.settle = setTimeout(() => this.reload(), SETTLE_MS).unref();
  }

  private reload(): void {
    const stamp = this.look();
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    try {
      this.server.setSecureContext(readTls(this.files));
      this.onReload(null);
    } catch (error) {
      if (error instanceof StanceError) this.onReload(error);
      else throw error;
    }
  }

  private look(): string {
    return [this.files.certFile, this.files.keyFile, this.files.clientCaFile]
      .map((path) => {
        const stat = path === null ? undefined : statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? '-' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
      })
      .join(' ');
  }
}
