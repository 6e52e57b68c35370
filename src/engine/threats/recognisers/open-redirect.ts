/** Open redirects: values that look local to a filter and foreign to a browser. A plain URL to elsewhere is left to the policy. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { isPlainUrl } from './ssrf-plain-url.ts';

const redirectName =
  /(?:redir|return|next|dest|goto|go_?to|continue|forward|target|callback|back_?to|checkout|success|failure|fallback|login_?url|logout|^r?url$|^uri$|^u$|^to$|^out$|^link$|^jump)/i;

const host = '[\\w.-]{1,200}\\.[a-z]{2,24}';
/** `/\\evil.example`, `\\/\\/evil.example`, a tab between slashes: a path for a filter, a host for a browser. */
const mixedSlashes = new RegExp(
  `^(?:https?:)?(?:\\\\{0,2}/[\\t\\r\\n ]{0,4}\\\\|\\\\/|\\\\\\\\/|/[\\t\\r\\n]{1,4}/|\\\\/\\\\/)[/\\\\]{0,6}(?:[^/@\\s]{0,80}@)?${host}`,
);
const manySlashes = new RegExp(`^(?:https?:)?/{3,8}(?:[^/@\\s]{0,80}@)?${host}`);
const missingSlashes = new RegExp(`^https?:/?(?![/\\\\])${host}(?:[/?#]|$)`);
/** A link that does nothing, as pages write it. */
const idleScript = /^javascript:\s{0,4}(?:void\s{0,4}\(?0?\)?|return false|history\.\w{1,10}\([-\d]{0,3}\))?;{0,2}$/;

/** A host and no more: applications that leave the scheme out send a page with it. */
const bareHost = /^\/\/(?!\/)[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}\/?$/;
const steppedHost = /^\/\/(?!\/)[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}\/(?:%2f|\/)?(?:\.\.|%2e%2e)/;
/** Names that say where a browser is sent next; `url` and `src` may well hold an address without a scheme. */
const redirectOnly = /redir|return_?(?:to|url)|^next|goto|continue|forward|^dest|back_?to|login_?url|logout/i;

export const openRedirect: Recogniser = {
  category: 'open-redirect',
  signs: sign.slash | sign.backslash | sign.colon,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (sample.text.length > 2048) return null;
    if (isPlainUrl(sample.text)) return null;
    const value = sample.lower;
    if (place.where === 'path') return inPath(value);
    if (place.where !== 'query' && place.where !== 'query-name' && !(place.where === 'body' && redirectName.test(place.name))) return null;
    const isNamed = redirectName.test(place.name) || place.kind === 'url';
    if (
      /^[\s\0-\x20]{0,8}(?:java|vb)script\s{0,4}:/.test(value.replace(/[\t\r\n\0]/g, '')) &&
      (isNamed || /script:\s{0,4}\/\//.test(value))
    )
      return idleScript.test(value) ? null : { rule: 'script-scheme', confidence: 0.85, reason: 'redirects to a script' };
    if (/^\s{0,4}data:text\/html/.test(value) && isNamed)
      return { rule: 'data-scheme', confidence: 0.8, reason: 'redirects to a page in a data URL' };
    if (mixedSlashes.test(value)) return { rule: 'mixed-slashes', confidence: 0.75, reason: 'hides a foreign host behind mixed slashes' };
    if ((redirectOnly.test(place.name) && bareHost.test(value)) || (isNamed && steppedHost.test(value)))
      return { rule: 'no-scheme', confidence: 0.55, reason: 'redirects to a foreign host without naming a scheme' };
    if (isNamed && manySlashes.test(value))
      return { rule: 'many-slashes', confidence: 0.65, reason: 'hides a foreign host behind extra slashes' };
    if (isNamed && missingSlashes.test(value))
      return { rule: 'missing-slashes', confidence: 0.6, reason: 'leaves out the slashes before a foreign host' };
    if (isNamed && /^(?:https?:)?\/\/[^/]{0,200}(?:\u3002|%e3%80%82|\u2024|\uff0e)/.test(value))
      return { rule: 'odd-dots', confidence: 0.8, reason: 'writes the dots of a host in a way that hides them' };
    if (
      isNamed &&
      /^(?:https?:)?\/\/(?:[\w.-]{1,100}(?:%2f|%5c|\\)[^/]{0,100}@|[\w-]{1,60}(?:\.[\w-]{1,60}){1,4}@)[\w.-]{1,100}/.test(value)
    )
      return { rule: 'host-as-user', confidence: 0.7, reason: 'dresses one host as the user of another' };
    return null;
  },
};

/** `//evil.example/..;/` as the path of a request: some servers answer with a redirect to `//evil.example/`. */
function inPath(path: string): Recognition | null {
  if (
    /^[/\\]{1,8}[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}(?:\/|\\)(?:%2f|%5c|\/|\\)?(?:\.\.|%2e)/.test(path) ||
    /^\\{1,4}[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}/.test(path)
  )
    return { rule: 'path', confidence: 0.7, reason: 'asks for a path that reads as a foreign host' };
  return /^(?:https?|ftp):\/{1,3}[\w-]{1,60}(?:\.[\w-]{1,60}){1,5}\/(?:%2f|\.\.)/.test(path)
    ? { rule: 'path', confidence: 0.6, reason: 'asks for a path that reads as a foreign host' }
    : null;
}
