/** File inclusion: wrapper schemes that make an interpreter read or run what they name, and remote scripts where a file of our own belongs. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { isPlainUrl } from './ssrf-plain-url.ts';

const fileName =
  /(?:^|[_.\-[\s$])(?:file|page|path|template|tpl|include|inc|require|doc|document|folder|root|dir|lang|language|theme|skin|module|mod|layout|locate|basepath|abs(?:olute)?_?path|conf|config|load|read|show|view|content|cat|action|board|date|detail|download|prefix|style|pdf|site|main)s?\]?$/;
const script =
  /\.(?:php\d?|phtml|phar|inc|asp|aspx|ashx|jsp|jspx|cfm|cgi|pl|py|rb|sh|bash|ps1|bat|cmd|exe|vbs|hta|war|jar|txt|dat|gif|jpg|png|log)(?:[?#&\0;%]|$)/;
/** Settings of where an application finds its own scripts: no client has a say in them. */
const includePath =
  /^(?:mos_?config_\w{1,40}|_?config_?\[\w{1,40}\]|(?:absolute|abs|include|inc|lib|library|doc(?:ument)?|install|module|component|plugin|phpbb|smarty|dir_?fs|site_?root|server)_?(?:path|dir|root|folder|file|inc)s?|(?:root|path|dir)_(?:prefix|dir|path|to_\w{1,20})|globals?\[\w{1,40}\])$/;

export const fileInclusion: Recogniser = {
  category: 'file-inclusion',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (sample.text.length > 8192 && place.where === 'raw-body') return null;
    if (place.where === 'query' && /^\\\\[\w.$:-]{1,100}\\[\w.$\\-]{1,300}$/.test(sample.text))
      return { rule: 'share', confidence: 0.6, reason: 'names a file of a remote share' };
    if ((sample.signs & sign.colon) === 0 && !/^["']?(?:convert|string)\./i.test(sample.text)) return null;
    if (place.where !== 'query' && isPlainUrl(sample.text)) return null;
    const text = sample.lower;
    if (/^["']?(?:convert\.(?:iconv|base64-(?:en|de)code|quoted-printable)|string\.(?:rot13|strip_tags))\b/.test(text) && text.length < 400)
      return { rule: 'filter', confidence: 0.65, reason: 'names a filter of an interpreter that rewrites what it reads' };
    if (/^["']?data:\/\/[\w.+-]{0,40}\/?[\w.+-]{0,60}$/.test(text))
      return { rule: 'data-wrapper', confidence: 0.75, reason: 'names the data wrapper of an interpreter' };
    if (!text.includes(':/') && !text.includes('data:')) return null;
    const wrapper = wrapperIn(text, place);
    if (wrapper !== null) return wrapper;
    if (place.where === 'header' || place.where === 'cookie' || place.where === 'path' || sample.text.length > 1000) return null;
    return remoteFile(text.trim(), place);
  },
};

function wrapperIn(text: string, place: Place): Recognition | null {
  if (
    /(?:^|[^\w])php:\/{1,2}(?:filter|input|memory|temp|fd|output|stdin)\b/.test(text) &&
    place.kind !== 'free-text' &&
    place.kind !== 'code'
  )
    return { rule: 'wrapper', confidence: 0.93, reason: 'names a wrapper of an interpreter that reads or runs files' };
  if (
    /^(?:url:)?["']?(?:php|phar|expect|zip|glob|ogg|rar|ssh2\.[a-z]{1,8}|compress\.(?:zlib|bzip2)|zlib|vfs|netdoc|jar|mailto\+smtp):\/{1,2}[^\s]/.test(
      text,
    ) &&
    !/^zip:\/\/\d/.test(text)
  )
    return { rule: 'wrapper', confidence: 0.88, reason: 'names a wrapper of an interpreter that reads or runs files' };
  if (/\b(?:expect|phar|ssh2\.exec):\/\/[a-z./]/.test(text) && place.kind !== 'free-text' && place.kind !== 'code')
    return { rule: 'wrapper', confidence: 0.75, reason: 'names a wrapper of an interpreter that reads or runs files' };
  const data = /\bdata:(?:\/\/)?([\w.+-]{0,40}\/?[\w.+-]{0,60})(?:;[\w=-]{1,40}){0,4}[,;]/.exec(text);
  if (data !== null && /^\s{0,8}data:/.test(text)) {
    const content = text.slice(data.index + data[0].length, data.index + data[0].length + 400);
    if (
      /<\?(?:php|=)|pd9wahag|pd89|pd9wahaK|^pd9w/.test(content) ||
      /(?:system|exec|passthru|eval|phpinfo|shell_exec)\s{0,4}\(/.test(content)
    )
      return { rule: 'data-code', confidence: 0.9, reason: 'carries code in a data URL' };
    if (text.startsWith('data://')) return { rule: 'data-wrapper', confidence: 0.75, reason: 'names the data wrapper of an interpreter' };
  }
  return null;
}

function remoteFile(value: string, place: Place): Recognition | null {
  const match = /^(?:url:)?((?:https?|ftps?|smb|webdav)):[/\\]{1,4}([^/\\\s?#]{1,255})([^\s]{0,800})$/.exec(value);
  if (match === null) return null;
  const host = match[2] ?? '';
  const rest = match[3] ?? '';
  const name = place.name.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  const isNumericHost = /^(?:[^@]{0,100}@)?(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/.test(host);
  // Whatever the application appends is cut off by a trailing `?` or a zero byte: the mark of an inclusion.
  if (/^[^?]{1,600}(?:\?{1,3}|\0|%00|#)$/.test(rest) && (script.test(rest) || fileName.test(name)))
    return { rule: 'cut-suffix', confidence: 0.75, reason: 'names a remote file and cuts off what is appended to it' };
  if (place.where === 'query' && includePath.test(name))
    return { rule: 'include-path', confidence: 0.6, reason: 'sets the folder that scripts are read from to another server' };
  if (match[1] === 'ftp' && script.test(rest) && fileName.test(name))
    return { rule: 'remote-script', confidence: 0.7, reason: 'names a remote file where one of our own belongs' };
  if (
    fileName.test(name) &&
    place.kind !== 'url' &&
    script.test(rest) &&
    !/\.(?:gif|jpg|png)(?:[?#]|$)/.test(rest) &&
    place.where === 'query'
  )
    return { rule: 'remote-script', confidence: 0.6, reason: 'names a remote script where a file of our own belongs' };
  if (
    isNumericHost &&
    place.where === 'query' &&
    /\.(?:php\d?|phtml|inc|asp|jsp|cgi|pl|sh|txt)(?:[?#]|$)/.test(rest) &&
    place.kind !== 'url'
  )
    return { rule: 'remote-script', confidence: 0.6, reason: 'names a script on a bare address' };
  if (isNumericHost && place.where === 'query' && place.kind === 'unknown' && fileName.test(name))
    return { rule: 'remote-file', confidence: 0.55, reason: 'names a file on a bare address where one of our own belongs' };
  return null;
}
