/** Response splitting and header injection: a line break in a place of one line, with a header field or a status line after it. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

/** `嘊` and `嘍`: their low bytes are LF and CR, which is what a cast to bytes leaves of them. */
const hasWideBreak = (text: string): boolean => text.includes('\u560a') || text.includes('\u560d');
const responseField =
  /[\r\n\u560a\u560d][ \t]{0,8}[\w]{0,3}?(?:set-cookie2?|location|content-length|content-type|content-disposition|content-security-policy|transfer-encoding|refresh|x-xss-protection|access-control-allow-[a-z-]{1,20}|x-forwarded-[a-z]{1,10}|remote-addr|host|link|status|connection)\s{0,8}:/;
const anyField = /[\r\n]{1,4}[ \t]{0,8}[a-z][a-z0-9_-]{1,40}[\r]{0,4}[ \t]{0,4}:[ \t]{0,8}\S/;
const message =
  /[\r\n\u560a\u560d][ \t]{0,8}(?:http\/\d(?:\.\d)?[ \t]{1,4}\d{3}|(?:get|post|head|put|delete|options|patch|trace|connect)[ \t]{1,4}[^\s]{1,300}[ \t]{1,4}http\/\d)/;

const requestLine =
  /^\s{0,4}(?:get|post|head|put|delete|options|patch|trace|connect)[ \t]{1,4}(?:\/|https?:)\S{0,300}[ \t]{1,4}http\/\d(?:\.\d)?\s{0,4}$/;

export const crlf: Recogniser = {
  category: 'crlf',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (
      (place.where === 'query' || (place.where === 'body' && !place.name.startsWith('$'))) &&
      sample.text.length < 400 &&
      requestLine.test(sample.lower)
    )
      return { rule: 'request-line', confidence: 0.6, reason: 'is the first line of a request' };
    const hasBreak = (sample.signs & sign.control) !== 0 && /[\r\n]/.test(sample.text);
    if (!hasBreak && !hasWideBreak(sample.text)) return null;
    if (place.kind === 'code' || place.kind === 'graphql' || place.where === 'file') return null;
    const text = sample.lower.length > 8192 ? sample.lower.slice(0, 8192) : sample.lower;
    if (place.where === 'raw-body') {
      // A body of lines is ordinary, a recorded request too; one that follows the end of a chunk, or what a cut left of it, is a second request.
      return /^(?:\s{0,8}0{1,8}\s{0,8}|\S{1,3})(?:get|post|head|put|delete|options|patch) \S{1,300} http\/1\.[01]\r?\n[\w-]{1,40}:/.test(
        text,
      )
        ? { rule: 'message', confidence: 0.7, reason: 'holds a whole HTTP message' }
        : sample.decodings.length > 0 && text.length < 400 && responseField.test(text)
          ? { rule: 'header-field', confidence: 0.7, reason: 'starts a header field after an escaped line break' }
          : null;
    }
    if (message.test(text) && (place.kind !== 'free-text' || text.length < 400))
      return { rule: 'message', confidence: 0.85, reason: 'starts an HTTP message after a line break' };
    // A list of header fields (a first line that is one already) is a report of a message, not an addition to one.
    const isOneLine =
      place.where !== 'body' || (place.kind !== 'free-text' && text.length < 400 && !/^[ \t]{0,4}[a-z][\w-]{1,60}\s{0,4}:/.test(text));
    if (isOneLine && responseField.test(text))
      return { rule: 'header-field', confidence: 0.88, reason: 'starts a header field after a line break' };
    if (place.where === 'path') return { rule: 'path-break', confidence: 0.7, reason: 'breaks the line of a path' };
    if (place.where === 'query-name' && hasBreak && text.length < 200)
      return { rule: 'name-break', confidence: 0.55, reason: 'breaks the line of a name' };
    const isHead = place.where === 'header' || place.where === 'cookie' || place.where === 'query-name';
    if (isHead && hasBreak && anyField.test(text))
      return { rule: 'any-field', confidence: 0.65, reason: 'starts what reads as a header field after a line break' };
    if (place.where === 'query' && text.length < 300 && /\r\n[a-z][a-z0-9-]{1,40}: ?\S/.test(text) && !/\n.*\n.*\n/.test(text))
      return { rule: 'any-field', confidence: 0.6, reason: 'starts what reads as a header field after a line break' };
    return null;
  },
};
