/**
 * Server-side request forgery: a value that would make the server call itself, its neighbours, or its cloud's metadata, or speak a
 * protocol that is not the web's. A URL alone is no attack: callbacks and webhooks are full of them.
 */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { isPlainUrl } from './ssrf-plain-url.ts';
import { natureOf, targetOf } from './ssrf-target.ts';

/** Protocols of directories, mail and stores: some are never a client's to name, some stand in settings by right. */
const innerScheme = /^(?:(ldaps?|rmi|iiop|netbios|imaps?|pop3)|smb|nfs|redis|memcached?|mysql):\/\//;
const metadataPath =
  /\/latest\/(?:meta-data|user-data|dynamic\/instance-identity|api\/token)|\/computemetadata\/v1|\/metadata\/(?:instance|identity|v1(?:\.json|\/|$))|\/opc\/v[12]\/instance|\/openstack\/(?:latest|20\d\d-\d\d-\d\d)|\/var\/run\/docker\.sock|\/v1\/secrets?\/?\?|\/api\/v1\/namespaces\//;
/** Services that speak no HTTP or should not be reached by the value of a client. */
const innerPort =
  /^(?:21|22|23|25|110|111|135|139|143|389|445|587|873|1433|1521|2049|2375|2376|2379|3306|3389|4444|5000|5432|5601|5672|5900|5984|6379|6443|7001|8009|8500|9000|9200|9300|10250|10255|11211|15672|27017)$/;
/** Places that hold the address of the caller's own page or of the hops before us. */
const ownAddress =
  /^(?:referer|origin|host|via|forwarded|x-forwarded-[a-z]{1,10}|x-real-ip|x-original-[a-z]{1,10}|true-client-ip|x-client-ip|cf-[a-z-]{1,20}|access-control-[a-z-]{1,30})/;

/** Names of what the caller owns: pages to come back to, hooks to be told by. */
const callerAddress =
  /callback|hook|redirect|return|origin|notif|success|cancel|home|site|issuer|audience|allowed|referr?er|location|base|page|landing|website|^u$|^dl$|^dr$|^r$/i;

export const ssrf: Recogniser = {
  category: 'ssrf',
  signs: sign.colon | sign.slash | sign.backslash | sign.period,
  recognise(sample: Sample, place: Place): Recognition | null {
    // The front server's own syntax for a socket and where to go from there.
    if (sample.text.startsWith('unix:') && /\|(?:https?|fcgi|ajp|scgi|uwsgi|ws|h2c?):/.test(sample.lower))
      return { rule: 'proxy-socket', confidence: 0.88, reason: 'tells a proxy where to go' };
    if (place.kind === 'code' || isPlainUrl(sample.text)) return null;
    if (sample.text.includes('pingback.ping') && /<methodname>\s{0,20}pingback\.ping/.test(sample.lower))
      return { rule: 'pingback', confidence: 0.75, reason: 'makes the server call another by a pingback' };
    if (sample.text.length > 4096) return null;
    const lower = sample.lower;
    if (!/:|\/\/|\\\\/.test(lower) && !ownName.test(lower)) return null;
    const value = lower
      .trim()
      .replace(/^url\s{0,2}[:=]\s{0,2}/, '')
      .replace(/^["'<(]/, '');
    const isWhole = !/[\s"'<>]/.test(value.slice(0, 300));
    const schemed = oddScheme(value, place, isWhole);
    if (schemed !== null) return schemed;
    // `http://good&@evil#@good/`: which of them is the host depends on who reads.
    if (/^https?:\/\/[^\s/@]{0,60}\s?[&#?\\;]{1,2}\s?@/.test(value))
      return { rule: 'odd-authority', confidence: 0.8, reason: 'has an authority that clients read differently' };
    if (isWhole) {
      const found = judge(value, place);
      if (found !== null) return found;
    }
    // A URL inside a longer text: only what no text names by chance.
    const inner =
      lower.indexOf('://169.254.') !== -1 ||
      lower.includes('://metadata.google') ||
      lower.includes('://[::ffff:') ||
      lower.includes('://instance-data');
    if (inner && place.kind !== 'free-text') return { rule: 'metadata', confidence: 0.8, reason: 'names the metadata service of a cloud' };
    return null;
  },
};

function oddScheme(value: string, place: Place, isWhole: boolean): Recognition | null {
  if (
    /^(?:gopher|dict|netdoc|tftp|jar:(?:https?|file|ftp)|zlib|telnet):/.test(value) ||
    (place.kind !== 'free-text' && /(?:^|[\s"'(=,])gopher:\/\/|(?:^|[\s"'(=,])dict:\/\/[\w.[]/.test(value))
  )
    return { rule: 'scheme', confidence: 0.88, reason: 'makes the server speak a protocol that is not of the web' };
  if (/^file:[/\\$.\w%]/.test(value) && isWhole && place.name !== 'referer')
    return {
      rule: 'file-scheme',
      // In a document a `file:` URL names what the sender has; as a parameter it is something to be fetched.
      confidence: place.name.startsWith('$') || !/^file:(?:\/\/|\/(?!\/)|\$|\\|%)/.test(value) ? 0.4 : 0.72,
      reason: 'points at a file of the server',
    };
  if (/^file:[/\\$]/.test(value) && place.name === 'referer' && /etc|passwd|win\.ini|proc|\$\(/.test(value))
    return { rule: 'file-scheme', confidence: 0.72, reason: 'points at a file of the server' };
  if (
    /^(?:sftp|ftps?|ssh|rsync|svn|git|rtsps?|vnc|rdp|x11|mongodb|amqp|mqtt):\/\/[^/@\s]{1,200}:\d{2,5}(?:[/\s]|$)/.test(value) &&
    (place.where === 'query' || place.where === 'header' || (place.where === 'body' && !place.name.startsWith('$')))
  )
    return { rule: 'inner-scheme', confidence: 0.6, reason: 'makes the server speak to an inner service' };
  const match = innerScheme.exec(value);
  if (match !== null && (isWhole || /[\r\n]/.test(value)))
    return { rule: 'inner-scheme', confidence: match[1] === undefined ? 0.45 : 0.7, reason: 'makes the server speak to an inner service' };
  return null;
}

/** Names of the machine itself and of its host, as they stand in a parameter without a scheme. */
const ownName =
  /^(?:localhost(?=\/)|localhost[46]?\.localdomain[46]?|(?:ip6|ipv6)-(?:localhost|loopback)|host\.docker\.internal|gateway\.docker\.internal|kubernetes\.default(?:\.svc)?|(?:[\w-]{1,40}\.)?(?:localtest\.me|lvh\.me|vcap\.me|lacolhost\.com))(?::\d{1,5})?(?:\/.{0,200})?$/;

function judge(value: string, place: Place): Recognition | null {
  if ((place.where === 'query' || place.where === 'cookie') && ownName.test(value))
    return { rule: 'own-name', confidence: 0.6, reason: 'names the server itself' };
  if (
    (place.where === 'query' || place.where === 'query-name' || place.where === 'body-name' || place.name.startsWith('@')) &&
    /^data:text\/(?:plain|html|x-php)(?:[;,]|$)/.test(value)
  )
    return { rule: 'data-scheme', confidence: 0.6, reason: 'makes the server read its own parameter as a page' };
  if (/^https?:\/\/(?:\\[a-z0-9]){2}/.test(value))
    return { rule: 'odd-authority', confidence: 0.8, reason: 'has an authority that clients read differently' };
  if (/^[a-z]{2,12}_[a-z]{2,12}:\/\//.test(value))
    return { rule: 'scheme', confidence: 0.65, reason: 'makes the server speak a protocol that is not of the web' };
  if (/^\d:\/\/[\w.[]/.test(value)) return { rule: 'scheme', confidence: 0.65, reason: 'has a scheme that is none' };
  const target = targetOf(value);
  if (target === null) return bareHost(value, place);
  if (ownAddress.test(place.name) && place.where === 'header') return null;
  const nature = natureOf(target.host);
  if (nature === 'metadata') return { rule: 'metadata', confidence: 0.92, reason: 'points at the metadata service of a cloud' };
  if (metadataPath.test(target.rest) && (nature !== 'public' || target.scheme.startsWith('http')))
    return { rule: 'metadata-path', confidence: 0.8, reason: 'asks for instance metadata' };
  if (nature === 'odd-notation' && target.scheme !== '')
    return { rule: 'odd-address', confidence: 0.85, reason: 'writes an address in a notation that hides it' };
  if (target.hasOddAuthority && target.scheme !== '' && target.userinfo !== null)
    return { rule: 'odd-authority', confidence: 0.8, reason: 'has an authority that clients read differently' };
  if (
    target.userinfo !== null &&
    /^[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}(?::\d{1,5})?$/.test(target.userinfo) &&
    /^https?$|^$/.test(target.scheme)
  )
    return { rule: 'host-as-user', confidence: 0.7, reason: 'dresses one host as the user of another' };
  if (target.scheme === '') return null;
  if (nature === 'loopback' || nature === 'private') return inner(nature, target.port, place);
  return null;
}

function inner(nature: 'loopback' | 'private', port: string | null, place: Place): Recognition | null {
  const isInnerPort = port !== null && innerPort.test(port);
  const reason = nature === 'loopback' ? 'points back at the server itself' : 'points into a private network';
  // Where the caller wants to be called or sent back to, a developer's own machine is ordinary (RFC 8252 section 7.3).
  if (callerAddress.test(place.name)) return { rule: nature, confidence: isInnerPort && place.where === 'query' ? 0.6 : 0.4, reason };
  // In a document it is ordinary too; in a parameter of a call it is something to be fetched.
  if (place.where === 'query' || place.where === 'path') return { rule: nature, confidence: isInnerPort ? 0.8 : 0.6, reason };
  if (place.where === 'body' && !place.name.startsWith('$')) return { rule: nature, confidence: isInnerPort ? 0.75 : 0.55, reason };
  if (place.where === 'header' || place.where === 'cookie') return { rule: nature, confidence: isInnerPort ? 0.7 : 0.55, reason };
  return { rule: nature, confidence: isInnerPort ? 0.6 : 0.4, reason };
}

/** `127.0.0.1:22`, `localhost:6379`, `2130706433:80`: no scheme, so only an inner port makes it worth a word. */
function bareHost(value: string, place: Place): Recognition | null {
  const match = /^([\w.[\]:-]{1,80}?):\+?0{0,5}(\d{2,5})(?:[/?#a-z]|$)/.exec(value);
  if (
    match !== null &&
    innerPort.test(match[2] ?? '') &&
    (place.where === 'query' || (place.where === 'body' && !place.name.startsWith('$')))
  ) {
    const nature = natureOf((match[1] ?? '').replace(/^\[|\]$/g, ''));
    if (nature === 'loopback' || nature === 'metadata')
      return { rule: 'bare-address', confidence: 0.55, reason: 'points at an inner service by its address' };
  }
  if (/^169\.254\.169\.254(?:[/:]|$)/.test(value) && place.where !== 'header')
    return { rule: 'metadata', confidence: 0.8, reason: 'points at the metadata service of a cloud' };
  return null;
}
