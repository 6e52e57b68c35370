/** Path traversal: a value that climbs out of its folder, or names a file of the system outright. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { isPlainUrl } from './ssrf-plain-url.ts';
import {
  brokenTarget,
  canonicalPath,
  PATH_CHARS_MAX,
  readsAsPath,
  repeatedStep,
  serverFile,
  serverFolder,
  stepsUp,
  systemFile,
  systemFolder,
} from './traversal-path.ts';

/** Without one of these a value climbs nowhere, unless it hides its dots. */
const climbSign = sign.dots | sign.backslash | sign.control | sign.percent;
/** Traversals that show none of them: `0x2e0x2e0x2f`, bytes that lost their escape, separators that were taken out. */
const unsigned = /0x[25]|[^\0-\x7f]|etc.{0,3}(?:passwd|issue|hosts)|web-infweb|oot\.ini/i;
/** Fields of a document that describe a machine's folders by right: mounts of containers, volumes, working folders. */
const mountName = /mount|volume|bind|host_?path|sub_?path|work(?:ing)?_?dir|destination/i;
/** Hidden files of keys and settings by a relative path; in documents, lists of changed files name them by right. */
const hiddenFile =
  /(?:^|\/)(?:\.(?:ssh\/|aws\/|gnupg\/|kube\/config|docker\/config|git\/(?:config|head)|bash_history|htpasswd|env$|netrc$|pgpass$)|id_(?:rsa|dsa|ecdsa|ed25519)$)/;
/** Values longer than this are not asked for targets with broken separators. */
const BROKEN_CHARS_MAX = 600;

export const traversal: Recogniser = {
  category: 'traversal',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (
      (sample.signs & climbSign) === 0 &&
      !namesPlace(sample, place) &&
      (sample.text.length > BROKEN_CHARS_MAX || !unsigned.test(sample.text))
    )
      return null;
    if (place.where === 'raw-body' && sample.text.length > PATH_CHARS_MAX) return null;
    if (place.kind === 'code' || place.kind === 'graphql' || isPlainUrl(sample.text)) return null;
    return readPath(sample, place);
  },
};

/** Whether a value without steps could still name a file: an absolute path, a drive, a `file:` URL, or a place that holds a path. */
function namesPlace(sample: Sample, place: Place): boolean {
  if ((sample.signs & (sign.slash | sign.colon)) === 0) return false;
  if (place.where === 'path' || place.where === 'body-name' || place.where === 'file') return true;
  const { text } = sample;
  return text.charCodeAt(0) === 47 || text.charCodeAt(0) === 46 || text.charCodeAt(1) === 58 || /^\W?(?:file|url)\s?:/i.test(text);
}

function readPath(sample: Sample, place: Place): Recognition | null {
  const lower = sample.lower.length > PATH_CHARS_MAX ? sample.lower.slice(0, PATH_CHARS_MAX) : sample.lower;
  const path = canonicalPath(lower);
  const steps = path.includes('..') ? stepsUp(path) : 0;
  const isPath = readsAsPath(path);
  const namesSystemFile = systemFile.test(path);
  if (steps > 0 && namesSystemFile)
    return { rule: 'system-file-above', confidence: 0.95, reason: 'climbs out of its folder to a file of the system' };
  const isOdd = path !== lower.replaceAll('\\', '/') || sample.decodings.length > 0;
  if ((steps >= 2 && isPath) || (steps >= 1 && isSpacedPath(path)))
    return { rule: 'steps-up', confidence: 0.85, reason: 'climbs several folders up' };
  if (steps >= 1 && isPath) {
    if (place.where === 'path' || isOdd) return { rule: 'steps-up', confidence: 0.8, reason: 'climbs out of its folder' };
    if (place.kind === 'url' || /^[a-z][a-z0-9+.-]{1,20}:\/\//.test(path))
      return { rule: 'step-up', confidence: 0.3, reason: 'has a relative step in a URL' };
    return { rule: 'step-up', confidence: 0.55, reason: 'climbs out of its folder' };
  }
  if (steps >= 4) return { rule: 'many-steps-up', confidence: 0.7, reason: 'holds a path that climbs many folders up' };
  if (place.where === 'raw-body' || (place.name.startsWith('$') && mountName.test(place.name))) return null;
  if (namesSystemFile && isPath) {
    const named = namedFile(path, place);
    if (named !== null) return named;
  }
  if ((place.where === 'query' || (place.where === 'body' && !place.name.startsWith('$'))) && isPath && hiddenFile.test(path))
    return { rule: 'hidden-file', confidence: 0.6, reason: 'names a hidden file of keys or settings' };
  if (path.length > BROKEN_CHARS_MAX || place.kind === 'free-text') return null;
  if (!/[\s"'`(){}[\],]/.test(lower) && brokenTarget.test(path) && /[^\w./-]|\.\.|0x/.test(lower))
    return { rule: 'broken-separators', confidence: 0.8, reason: 'names a file of the system with disguised separators' };
  if (isPath && repeatedStep.test(path) && place.where !== 'header')
    return { rule: 'repeated-step', confidence: 0.7, reason: 'repeats the same step of a path' };
  const isParameter = place.where === 'query' || (place.where === 'body' && !place.name.startsWith('$'));
  if (
    (place.where === 'query' || place.where === 'body') &&
    (serverFile.test(path) || serverFolder.test(path) || (isParameter && systemFolder.test(path)))
  )
    return { rule: 'server-file', confidence: 0.65, reason: 'names settings or a log of a server by the full path' };
  return null;
}

/** A path of folders with blanks in their names, such as `../../Program Files/x`. */
function isSpacedPath(path: string): boolean {
  return path.length < 300 && /^\/{0,2}\.\.\/[\w ./~()-]{1,300}$/.test(path);
}

/** A whole value that is the path of a system file: an absolute path, a drive, a share or a `file:` URL. */
function namedFile(path: string, place: Place): Recognition | null {
  if (place.where === 'path' || place.where === 'body-name' || place.where === 'file')
    return { rule: 'system-file', confidence: 0.6, reason: 'names a file of the system' };
  if (/^(?:file:\/{0,8}|\/{1,8}|[a-z]:\/{0,8}|\/{2}[\w.:$-]{1,80}\/|%systemroot%)/.test(path))
    return { rule: 'system-file', confidence: 0.75, reason: 'names a file of the system by its full path' };
  return null;
}
