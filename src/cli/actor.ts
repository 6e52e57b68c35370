import { userInfo } from 'node:os';

/** Who acts, for the audit: the account of this machine. */
export function actorName(): string {
  try {
    return `${userInfo().username} (command line)`;
  } catch {
    // An account without an entry, as in many containers.
    return 'command line';
  }
}
