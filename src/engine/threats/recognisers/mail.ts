/** Injection into mail: header fields after a line break in a value that should be one line, and commands of SMTP and IMAP. */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';

/** A value longer than this is a text that may well quote a mail. */
const VALUE_CHARS_MAX = 1000;

export const mail: Recogniser = {
  category: 'mail',
  signs: sign.control | sign.backslash | sign.percent,
  recognise(sample: Sample, place: Place): Recognition | null {
    if (sample.text.length > VALUE_CHARS_MAX || !/[\r\n]/.test(sample.text)) return null;
    const text = sample.lower;
    if (
      /[\r\n]{1,4}[ \t]{0,8}(?:(?:mail from|rcpt to)\s{0,4}:\s{0,4}|(?:ehlo|helo|vrfy|expn)[ \t]+[\w.[-])|[\r\n]{1,4}data[ \t]{0,4}[\r\n]{1,4}[\w-]{1,40}:|[\r\n]{1,4}\.[\r\n]{1,4}(?:quit|mail|rset)\b/.test(
        text,
      )
    )
      return { rule: 'smtp-command', confidence: 0.9, reason: 'holds a command to a mail server after a line break' };
    if (
      /(?:^|["\s])[\r\n]{0,4}[ \t]{0,4}[a-z]{1,4}\d{2,5}[ \t]+(?:capability|login|logout|create|delete|fetch|list|lsub|select|examine|noop|rename|search|store|status|append|copy|expunge|subscribe|unsubscribe|authenticate|check|uid)\b/m.test(
        text,
      )
    )
      return { rule: 'imap-command', confidence: 0.85, reason: 'holds a command to a mailbox after a line break' };
    // A text that begins with a header field is a whole mail, not an addition to one.
    if (/^\s{0,8}[a-z][a-z-]{1,30}[ \t]{0,4}:[ \t]/.test(text)) return null;
    if (place.kind === 'free-text' || place.kind === 'code' || place.where === 'raw-body' || place.where === 'file') return null;
    if (/[\r\n]{1,4}[ \t]{0,8}(?:bcc|cc)[ \t]{0,8}:[^\r\n]{0,200}@/.test(text) || /[\r\n]{1,4}[ \t]{0,8}bcc[ \t]{0,8}:/.test(text))
      return { rule: 'copy-recipient', confidence: 0.88, reason: 'adds a recipient after a line break' };
    if (
      /^[^\r\n]{0,200}[\r\n]{1,4}[ \t]{0,8}(?:to|from|sender|reply-to|return-path|mime-version|content-transfer-encoding|content-type[ \t]{0,8}:[ \t]{0,8}(?:text|multipart)\/|subject)[ \t]{0,8}:?/.test(
        text,
      ) &&
      /[\r\n](?:to|from|sender|reply-to|return-path|mime-version|content-type|content-transfer-encoding|subject)[ \t]{0,8}:/.test(text)
    )
      return { rule: 'header-field', confidence: 0.7, reason: 'adds a header field of a mail after a line break' };
    return null;
  },
};
