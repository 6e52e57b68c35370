/** Names of uploaded files that a server would run, or that pose as its own: told from the name, never from the content. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';

const nameCharsMax = 300;
const runnable = /\.(?:php\d?|pht|phtml|phps|phar|inc|jspx?|jspf|jsw|jsv|aspx?|ashx|asmx|asa|cer|cfml?|cgi|shtml|htaccess)$/;
/** Endings that only someone who is kept from the usual ones chooses. */
const oddEnding = /\.(?:php[3-8]|pht|phtml|phar|jspx|jspf|jsw|jsv|ashx|asa|cer|htaccess)$/;
/** Dots, blanks and streams that file systems drop from a name. */
const dropped = /(?:[.\s]|::\$data|%00|\0)+$/;
const sessionFile = /(?:^|\/)sess_[a-z0-9,-]{16,128}$/;

export const scriptUpload: Recogniser = {
  category: 'code',
  signs: 0,
  places: ['file'],
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.where !== 'file' || place.kind !== 'plain' || sample.text.length > nameCharsMax) return null;
    const lower = sample.lower.trimStart();
    const name = lower.replace(dropped, '').replace(/\.\s{1,8}(?=[a-z0-9]{2,5}$)/, '.');
    if (sessionFile.test(name)) return { rule: 'session-file', confidence: 0.65, reason: 'uploads a file by the name of a stored session' };
    if (!runnable.test(name)) return null;
    if (name !== lower.trimEnd() || oddEnding.test(name))
      return { rule: 'disguised-script', confidence: 0.7, reason: 'uploads a script under a name that hides what it is' };
    return place.name.startsWith('x') ? { rule: 'script-file', confidence: 0.6, reason: 'uploads a file that a server would run' } : null;
  },
};
