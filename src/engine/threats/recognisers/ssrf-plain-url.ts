/** Plain links: half of what APIs carry is one, and no recogniser of paths, hosts or objects needs to look at it twice. */

const plain = /^https?:\/\/([a-zA-Z\d][a-zA-Z\d.-]{0,200}\.[a-zA-Z]{2,24})(?::\d{2,5})?(\/[\w~:@{},+=/.-]*(?:\?[\w~:@{},+=&.-]+)?)?$/;
/** Endings of hosts that mean more than they show. */
const special = /(?:internal|local|localdomain|localhost|nip\.io|xip\.io|sslip\.io|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com)$/i;
/** Hosts where clouds tell an instance about itself. */
const metadataHost = /^(?:metadata|instance-data|rancher-metadata)\./i;
/** Endings of paths that name a script, settings or a text that an interpreter would include. */
const script = /\.(?:ini|inc|php\d?|phtml|txt|cgi|sh|aspx?|jsp|pl|exe)(?:\?|$)/i;
/** Longest text that is tried. */
const CHARS_MAX = 400;

let lastText = '';
let lastAnswer = false;

/**
 * Whether a text is one `http` or `https` link with an ordinary host and no step, escape or script in its path. The last answer is kept,
 * because several recognisers ask about the same text in a row.
 */
export function isPlainUrl(text: string): boolean {
  if (text.charCodeAt(0) !== 104 || text.length > CHARS_MAX) return false;
  if (text === lastText) return lastAnswer;
  lastText = text;
  const match = plain.exec(text);
  lastAnswer = match !== null && isPlainHost(match[1] ?? '') && isPlainPath(match[2] ?? '');
  return lastAnswer;
}

function isPlainHost(host: string): boolean {
  return !special.test(host) && !metadataHost.test(host) && !isCallbackHost(host);
}

/** No step up, no second host, no word of instance metadata, no script. */
function isPlainPath(path: string): boolean {
  return (
    !path.includes('..') &&
    !path.includes('//') &&
    !path.includes('-data') &&
    !path.includes('etadata') &&
    !path.includes('passwd') &&
    !script.test(path)
  );
}

/** Domains where tools wait for a server to call back. */
const callbackDomains = new Set([
  'oast.pro',
  'oast.live',
  'oast.site',
  'oast.online',
  'oast.fun',
  'oast.me',
  'oastify.com',
  'burpcollaborator.net',
  'interact.sh',
  'interactsh.com',
  'dnslog.cn',
  'dnslog.link',
  'ceye.io',
  'bxss.me',
  'xss.ht',
  'canarytokens.com',
  'r87.me',
  'r87.com',
  'vulnweb.com',
  'requestrepo.com',
  'eyes.sh',
]);

/** @param host without port */
export function isCallbackHost(host: string): boolean {
  const dot = host.lastIndexOf('.');
  if (dot <= 0) return false;
  const before = host.lastIndexOf('.', dot - 1);
  return callbackDomains.has(host.slice(before + 1).toLowerCase());
}
