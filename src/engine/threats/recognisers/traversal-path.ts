/** Reads a value as a lax file system would: which separators and dots it really holds, and whether it is a path at all. */

/** Characters of a value that are read as a path; no real path is longer. */
export const PATH_CHARS_MAX = 4096;

/**
 * The value with every spelling of a separator made `/` and every spelling of a dot made `.`: backslashes, `0x2f`, bytes that lost their
 * escape, halves of overlong forms, escapes that are none, zero bytes between dots, path parameters (`..;a=b/`). Lower case in and out.
 */
export function canonicalPath(lower: string): string {
  let text = lower;
  if (/[\0-\x1f\x7f]/.test(text)) {
    // 1c is what a lax decoder leaves of `%c1%1c`, an overlong backslash.
    text = text
      .replace(/[\x1c\x9c]/g, '/')
      .replaceAll('\x1e', '.')
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
  }
  if (text.includes('x2') || text.includes('x5c')) text = text.replace(/0?x2f|0?x5c/g, '/').replace(/0?x2e/g, '.');
  if (text.includes('\\')) text = text.replaceAll('\\', '/');
  if (/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd]/.test(text))
    text = text
      .replace(/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd][\x80-\x83\ufffd]{0,4}\xae/g, '.')
      .replace(/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd][\x80-\x83\ufffd]{0,4}[\xaf\x9c]/g, '/')
      .replace(/[\xc0\xc1\xe0\xf0\xf8\xfc\ufffd][\x80-\x83\ufffd]{0,4}(?=[./%])/g, '');
  if (text.includes('%'))
    text = text
      .replace(/%2%e|%(?:c0|e0|f0|f8|fc)(?:%80){0,4}%(?:ae|2e|fe)/g, '.')
      .replace(/%2%f|%5%c|%(?:c0|c1|e0|f0|f8|fc)(?:%80){0,4}%(?:af|2f|5c|9c|1c)/g, '/')
      // An escape with digits that are none, and wide escapes after dots: lax arithmetic makes separators of them.
      .replace(/%(?:c0|c1|(?![0-9a-f]{2})[0-9a-z]{2})?%(?![0-9a-f]{2})[0-9a-z]{2}|(?<=\.)%u[0-9a-f]{4}/g, '/')
      .replace(/%(?:c0|c1|e0|f0|f8|fc)(?:%80){0,4}(?=[./])|%(?:00|01|0a|0d|09)/g, '');
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
    // What may stand before a step: / = : % ? & |
    const startsSegment =
      before === 47 || before === 61 || before === 58 || before === 37 || before === 63 || before === 38 || before === 124;
    if (
      (after === 47 && (startsSegment || steps > 0 || path.charCodeAt(end + 1) === 46)) ||
      (end >= path.length && before === 47 && at > 0)
    )
      steps++;
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
  /(?:^|[/:.;=&?%"'\s(,])(?:etc\/{1,8}(?:\.\/{1,8}){0,4}(?:passwd|shadow|group|hosts|issue|motd|fstab|sudoers|crontab|profile|resolv\.conf|hostname|my\.cnf|mysql\/|ssh\/|ssl\/|apache2?\/|httpd\/|nginx\/|php|init\.d\/|cron|security\/|master\.passwd|gshadow|os-release|redhat-release|debian_version|environment|vsftpd|proftpd|pam\.d|ldap|exports|inetd|aliases|lsb-release|logrotate|postfix|pure-ftpd|samba|sysconfig|network|chrootusers|ftp|lighttpd|wu-ftpd|mail\/|updatedb|syslog|bashrc|timezone|modules|mtab|shells|termcap|snmp)|proc\/{1,8}(?:self|\d{1,7}|version|cmdline|cpuinfo|meminfo|mounts|modules|partitions|kcore|config\.gz|net\/|interrupts|sched_debug|stat)\b|sys\/{1,8}(?:class|kernel|firmware)\b|var\/{1,8}(?:log|mail|spool|lib\/mysql|www\/html|run\/secrets|adm\/|www\/logs|local\/www)\b|root\/{1,8}\.|usr\/{1,8}local\/{1,8}(?:apache|etc)|(?:windows|winnt)\/{1,8}(?:win\.ini|system|repair|php\.ini|explorer|regedit|notepad|panther|debug|temp\/|my\.ini)|system32\/|boot\.ini|win\.ini|autoexec\.bat|config\.sys|ntuser\.dat|inetpub\b|web-inf\/|meta-inf\/|\.ssh\/|\.bash_history|\.bashrc|\.mysql_history|\.htpasswd|\.htaccess|\.aws\/credentials|\.git\/(?:config|head)|id_rsa\b|global\.asax?\b|web\.config\b|wp-config\.php)/;

/** Settings and logs of servers by their whole path: `/opt/lampp/etc/php.ini`, `c:/apache/logs/access.log`. */
export const serverFile =
  /^(?:file:\/{0,4})?(?:[a-z]:\/{1,4}(?:[\w .()~-]{1,40}\/{1,2}){0,8}|\/{1,4}(?:var|usr|opt|etc|home|root|private|volumes|srv|apache2?|httpd|www|php\d?|web|nginx|xampp|lampp|lamp|library|mysql|logs?|sbin|bin|boot|dev|mnt|tmp)\/(?:[\w .~-]{1,40}\/{1,2}){0,10})(?:[\w.-]{0,40}(?:access|error|debug|err|ftp|mail|mysql|php)[\w.-]{0,20}[._-]?log(?:s|\d|\.\d)?|[\w-]{1,30}\.(?:conf|cnf|ini|err|asa|inc)(?:\.php)?|errlog|access_log|error_log|httpd\.conf(?:\.\w{1,8})?|php\.ini[\w.-]{0,12}|config\.inc(?:\.php)?)\0?$/;

/** What a web server and its company are installed into, on a drive or below the usual roots. */
export const serverFolder =
  /^(?:file:\/{0,4})?-?(?:[a-z]:\/{1,4}(?:program files[\w ()]{0,8}\/{1,4})?(?:xampp|wamp|appserv|apache|mysql|php\d|tomcat|filezilla|inetpub|sysprep|unattend|system volume information|windows\/{1,4}(?:system|csc|iis\d|panther|repair|debug|temp|php|my|win)|winnt\/)|\/{1,4}(?:usr\/{1,4}local\/{1,4}(?:cpanel|apache|nginx|etc|php|mysql)|etc\/{1,4}[\w./-]{0,60}(?:passwd|shadow|\.pdb|\.conf|\.cnf|\.cfg)|(?:opt\/{1,4})?(?:lampp?|xampp)\/))/;
/** Folders of the system itself: in a parameter they are asked for, in a document (a mount, a volume) they may stand by right. */
export const systemFolder = /^-?\/{1,4}(?:etc|proc|root|boot)\/{1,4}[\w.]|^\/{1,4}var\/{1,4}(?:run|log|adm|spool|mail)\/{1,4}[\w.]/;

const junk = '[^\\s"\'(){}]{0,16}?';
/**
 * The best known targets with anything at all between their parts: what is left of separators that a decoder, a filter or a font made
 * into something else (`..%bg%qfetc%bg%qfissue`, `etcopasswd`).
 */
export const brokenTarget = new RegExp(
  `etc${junk}passwd|windows${junk}system32${junk}drivers${junk}etc${junk}hosts|(?:^|[^a-z]o?|%[0-9a-z]{1,2})(?:boot\\.ini|etc(?:[^a-z\\s]{0,8}(?:%[0-9a-z]{1,2}){0,6}|o)(?:issue|shadow|group|hosts)|windows[^a-z\\s]{0,8}win\\.ini)(?:$|[^a-z.])|web-inf[^a-z]{0,8}web\\.xml|inetpub.{0,8}wwwroot`,
);

/** The same step again and again: `..X..X..X`, whatever stands for the separator. */
export const repeatedStep =
  /\.\.([^.\s\w"'(),-][^.\s"'(),]{0,9}|2f|5c|o)\.\.\1\.\.\1|(?:^|\/)(?:\.\/{1,3}){3}|(?:[.?]{2}\/){3}|^\/?\.{6,}[a-z{]|^\/\.\.[{a-z][\w{}.]{1,80}$/;
