/** Reads a value as a lax file system would: which separators and dots it really holds, and whether it is a path at all. */

/** Characters of a value that are read as a path; no real path is longer. */
export const PATH_CHARS_MAX = 4096;

/**
 * The value with every spelling of a separator made `/` and every spelling of a dot made `.`: backslashes, `0x2f`, bytes that lost their
 * escape, zero bytes and other controls between dots, path parameters (`..;a=b/`). Lower case in, lower case out.
 */
export function canonicalPath(lower: string): string {
  let text = lower;
  if (/[\0-\x1f\x7f]/.test(text)) {
    // %1c and %af are what is left of a slash after a lax decoder has dropped the first byte of two.
    text = text.replace(/\.\.[\x1c\x2f\xaf\x9c](?=\.|[a-z])/g, '../').replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
  }
  if (text.includes('0x')) text = text.replaceAll('0x2f', '/').replaceAll('0x5c', '/').replaceAll('0x2e', '.');
  if (text.includes('\\')) text = text.replaceAll('\\', '/');
  // Halves of overlong forms: a lead byte before a plain dot or slash, or one that stands for it.
  if (/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd]/.test(text))
    text = text
      .replace(/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd][\x80-\x83\ufffd]{0,4}(?=[./])/g, '')
      .replace(/[\xc0\xc1\ufffd]{1,2}[\xae\x2e]/g, '.')
      .replace(/[\xc0\xc1\ufffd]{1,2}[\xaf\x9c]/g, '/');
  if (text.includes('%')) text = text.replace(/%(?:c0|c1|e0|f0|f8|fc)(?:%80){0,4}(?=[./])/g, '').replace(/%(?:00|01|0a|0d|09)/g, '');
  if (text.includes(';')) text = text.replace(/(\.\.);[^/]{0,80}\//g, '$1/');
  return text;
}

/** Steps up: `..` or more dots between separators; `.../` and `....//` are what filters leave that take `../` out once. */
export function stepsUp(path: string): number {
  let steps = 0;
  for (let at = path.indexOf('..'); at !== -1; ) {
    let end = at + 2;
    while (path.charCodeAt(end) === 46) end++;
    const before = at === 0 ? 47 : path.charCodeAt(at - 1);
    const after = path.charCodeAt(end);
    const isEnd = end >= path.length;
    const startsSegment =
      before === 47 || before === 61 || before === 58 || before === 37 || before === 63 || before === 38 || before === 124;
    // `name..` + slash is how a doubled or stripped spelling looks in the middle of others.
    if ((after === 47 && (startsSegment || steps > 0 || path.charCodeAt(end + 1) === 46)) || (isEnd && before === 47 && at > 0)) steps++;
    at = path.indexOf('..', end);
  }
  return steps;
}

/** Whether the value is one path and no prose or code: no blank, quote or bracket that a path would not have. */
export function readsAsPath(text: string): boolean {
  return text.length <= PATH_CHARS_MAX && !/[\s"'`<>()|*!,]/.test(text.trim());
}

/** Files of operating systems, servers and accounts that no client has a reason to name. Matched on a canonical path. */
export const systemFile =
  /(?:^|[/:.;=&?%"'\s(,])(?:etc\/{1,8}(?:\.\/{1,8}){0,4}(?:passwd|shadow|group|hosts|issue|motd|fstab|sudoers|crontab|profile|resolv\.conf|hostname|my\.cnf|mysql\/|ssh\/|ssl\/|apache2?\/|httpd\/|nginx\/|php|init\.d\/|cron|security\/|master\.passwd|gshadow|os-release|redhat-release|debian_version|environment|vsftpd|proftpd|pam\.d|ldap|exports|inetd|aliases|lsb-release)|proc\/{1,8}(?:self|\d{1,7}|version|cmdline|cpuinfo|meminfo|mounts|net\/|interrupts|sched_debug|stat)\b|sys\/{1,8}(?:class|kernel|firmware)\b|var\/{1,8}(?:log|mail|spool|lib\/mysql|www\/html|run\/secrets)\/|root\/{1,8}\.|usr\/{1,8}local\/{1,8}(?:apache|etc)|(?:windows|winnt)\/{1,8}(?:win\.ini|system|repair|php\.ini|explorer|regedit|notepad|panther|debug|temp\/)|system32\/|boot\.ini|win\.ini|autoexec\.bat|config\.sys|ntuser\.dat|inetpub\/|web-inf\/|meta-inf\/|\.ssh\/|\.bash_history|\.bashrc|\.mysql_history|\.htpasswd|\.htaccess|\.aws\/credentials|\.git\/(?:config|head)|id_rsa\b|global\.asax?\b|web\.config\b|wp-config\.php)/;
