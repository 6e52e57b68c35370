/** Which Host headers are ours, so that a name somebody else points at this machine is refused. */
import { StanceError } from '../errors.ts';

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only this machine can reach the address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(?:\.\d{1,3}){3}$/.test(address);
}

/** Refuses to listen where others can reach us unless that was said in so many words: there is no default that exposes. */
export function checkListenAddress(address: string, allowRemote: boolean): void {
  if (isLoopback(address) || allowRemote) return;
  throw new StanceError('config-invalid', {
    message: `${address} can be reached from other machines, and that was not allowed.`,
    unchanged: 'The server was not started.',
    next: 'Listen on 127.0.0.1, or add --allow-remote and put TLS in front.',
  });
}

/**
 * @param port the port really listened on
 * @param extra further names (`stance.example.test`, with or without port) that a proxy in front uses, or our own address
 */
export function ownHosts(port: number, extra: readonly string[]): (host: string) => boolean {
  const named = new Set<string>();
  for (const name of [...loopbackNames, ...extra.map((one) => one.toLowerCase())]) {
    named.add(name.replace(/:\d+$/, '') === name || name.endsWith(']') ? `${name}:${port}` : name);
    if (port === 80) named.add(name);
  }
  for (const name of extra) named.add(name.toLowerCase());
  return (host) => named.has(host);
}
