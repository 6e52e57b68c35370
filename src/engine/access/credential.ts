/**
 * How a caller proved who it is, read from one exchange. Only the kind is kept; the credential itself never is.
 * What a source does not carry is `unknown`, which is neither "none" nor "some".
 */
import type { AuthSeen } from '../evidence/observation.ts';
import type { Exchange } from '../http/exchange.ts';
import { hasHeader, header } from '../http/headers.ts';

/** Header names (lower case) that carry an API key in common products. */
const keyHeaders = [
  'x-api-key',
  'api-key',
  'apikey',
  'x-apikey',
  'x-auth-token',
  'x-access-token',
  'x-gitlab-token',
  'private-token',
  'dd-api-key',
  'x-token',
  'ocp-apim-subscription-key',
];

/** Query parameters (lower case) that carry a credential; OWASP API2:2023 asks that they do not. */
const credentialParameters = new Set([
  'access_token',
  'api_key',
  'apikey',
  'api-key',
  'auth_token',
  'authtoken',
  'token',
  'key',
  'secret',
  'password',
  'passwd',
  'pwd',
  'client_secret',
  'session',
  'sessionid',
  'sig',
  'signature',
  'x-amz-signature',
  'x-amz-credential',
]);

/** Of those, the ones that say only "a token is here" when the value is long enough to be one. */
const weakParameters = new Set(['token', 'key', 'session', 'sig', 'signature', 'secret']);

/** Cookie names that hold a session, by common frameworks; a cookie by itself (analytics, consent) proves nothing. */
const sessionCookie =
  /(?:^|;\s*)(?:[\w.-]*(?:sess|sid|auth|token|jwt|login|remember)[\w.-]*|connect\.sid|laravel_session|PHPSESSID|JSESSIONID|ASP\.NET_SessionId|\.AspNetCore\.[\w.]+)=/i;

/** Kind of credential on this exchange. */
export function credentialSeen(exchange: Exchange): AuthSeen {
  const headers = exchange.requestHeaders;
  if (headers !== null) {
    const authorization = header(headers, 'authorization');
    if (authorization !== null && authorization.trim() !== '' && authorization !== '-') return authorizationScheme(authorization);
    if (keyHeaders.some((name) => hasHeader(headers, name))) return 'api-key';
    if (hasHeader(headers, 'x-forwarded-client-cert') || header(headers, 'x-ssl-client-verify') === 'SUCCESS') return 'mtls';
    if (hasHeader(headers, 'signature-input') || hasHeader(headers, 'x-amz-security-token')) return 'signature';
    if (sessionCookie.test(header(headers, 'cookie') ?? '')) return 'cookie';
    if (queryCredential(exchange.query)) return 'api-key';
    if (exchange.principal !== null) return 'identified';
    // A source that carries some headers only cannot show that a credential was missing, unless it says so.
    return exchange.headersPartial === true && exchange.credential !== 'absent'
      ? exchange.credential === 'present'
        ? 'other'
        : 'unknown'
      : 'none';
  }
  if (exchange.principal !== null) return 'identified';
  if (exchange.credential === 'present') return 'other';
  if (queryCredential(exchange.query)) return 'api-key';
  return exchange.credential === 'absent' ? 'none' : 'unknown';
}

/** Whether the query string carries something that opens a door. */
export function queryCredential(query: string | null): boolean {
  if (query === null || query.indexOf('=') < 0) return false;
  for (const pair of query.split('&', 64)) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const name = pair.slice(0, equals).toLowerCase();
    if (!credentialParameters.has(name)) continue;
    const length = pair.length - equals - 1;
    if (length >= (weakParameters.has(name) ? 16 : 1)) return true;
  }
  return false;
}

function authorizationScheme(value: string): AuthSeen {
  const space = value.indexOf(' ');
  const scheme = (space < 0 ? value : value.slice(0, space)).toLowerCase();
  switch (scheme) {
    case 'bearer':
    case 'dpop':
      return /^\s*eyJ[\w-]+\.[\w-]+\.[\w-]*/.test(value.slice(space)) ? 'jwt' : 'bearer';
    case 'basic':
      return 'basic';
    case 'digest':
      return 'digest';
    case 'apikey':
    case 'api-key':
    case 'token':
      return 'api-key';
    case 'signature':
    case 'hmac':
    case 'aws4-hmac-sha256':
      return 'signature';
    default:
      return 'other';
  }
}
