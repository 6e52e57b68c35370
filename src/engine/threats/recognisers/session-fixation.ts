/**
 * Session fixation: a link from elsewhere that hands the visitor a session of the sender's choosing. One sign is a parameter
 * with the name that a framework gives its session, the other an origin that is not ours.
 */
import { type HeaderList, header } from '../../http/headers.ts';
import type { RequestHead } from '../../http/request.ts';
import type { ThreatHit } from '../recogniser.ts';

/** Names that frameworks give the session, in lower case; no API calls a field of its own like this. */
const sessionName =
  /(?:^|[&;?])(?:j(?:serv|w)?session(?:id)?|php(?:sess(?:id|ion)?|_?sessid)|asp(?:\.net_)?session(?:id)?[a-z]{0,8}|weblogicsession|cfid|cftoken|cfsid|zsessionid|(?:[a-z]{1,20}_|_)?session[_-]?id|sessid|sid_session|connect\.sid|laravel_session|_flask_session|ci_session|cakephp|play_session|rack\.session|(?:__secure-)?next-auth\.session-token|_[a-z]{1,20}_session|symfony|viewstate_session|django_session|wordpress_logged_in_\w{0,40}|express\.sid|koa[.:]sess)=[^&;\s]/;
/** Those that APIs use as well: only on the way in counts. */
const commonName = /(?:^|[&;?])(?:[a-z]{1,20}_|_)?session[_-]?id=/;
const wayIn = /log-?in|sign-?in|auth|session|sso|account/;

/** @param fields the query or a form body as sent, at most as long as one sample */
export function sessionFixation(head: RequestHead, fields: string, where: 'query' | 'body'): ThreatHit | null {
  if (fields.length > 8_192 || !fields.includes('=')) return null;
  const lower = fields.toLowerCase();
  if (!lower.includes('sess') && !lower.includes('sid') && !lower.includes('cf') && !lower.includes('cake')) return null;
  if (!sessionName.test(lower)) return null;
  const from = foreignHost(head.headers, head.host);
  if (from === 'own') return null;
  const isWayIn = wayIn.test(head.path.toLowerCase());
  // Without an origin only the way in counts: clients of APIs send none.
  if (!isWayIn && (from === 'unknown' || commonName.test(lower))) return null;
  return {
    category: 'session-fixation',
    rule: from === 'unknown' ? 'session-at-entry' : 'session-from-elsewhere',
    confidence: from === 'unknown' ? 0.4 : 0.65,
    reason: 'sets the session by a parameter that came from another site',
    place: where,
  };
}

function foreignHost(headers: HeaderList, host: string | null): 'own' | 'unknown' | 'foreign' {
  const origin = header(headers, 'referer') ?? header(headers, 'origin');
  if (origin === null) return 'unknown';
  const name = /^https?:\/\/(?:[^/@\s]{0,100}@)?([^/:?#\s]{1,255})/i.exec(origin)?.[1]?.toLowerCase();
  if (name === undefined) return origin.toLowerCase() === 'http' || origin === '' ? 'foreign' : 'unknown';
  const own = (host ?? '').toLowerCase().replace(/:\d{1,5}$/, '');
  return name === own || siteOf(name) === siteOf(own) ? 'own' : 'foreign';
}

/** The last two labels: close enough to tell a sister host from a stranger. */
function siteOf(host: string): string {
  return host.split('.').slice(-2).join('.');
}
