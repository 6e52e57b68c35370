/** Shell commands where a value should stand: a separator or substitution, and a command with what commands take. */
import { isCodePlace } from '../place-kind.ts';
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** Programs that intruders call first and that no sentence holds after a separator. */
const clear =
  'ls|dir|id|whoami|uname|hostname|pwd|netstat|ifconfig|ipconfig|ping6?|nslookup|dig|curl|wget|nc|ncat|netcat|telnet|ssh|scp|tftp|bash|sh|zsh|ksh|csh|dash|python[23]?|perl|ruby|php|lua|gawk|awk|sed|grep|xargs|chmod|chown|mkdir|killall|netsh|wmic|powershell|pwsh|cmd|cmd\\.exe|certutil|bitsadmin|mshta|rundll32|regsvr32|systeminfo|sysinfo|tasklist|getent|nmap|xxd|hexdump|uniq|wc|whereis|crontab|useradd|adduser|sudo|systemctl|reboot|phpinfo|traceroute|tracert|lsof|dmesg|base32|basenc|chroot|chgrp|cksum|lastlog|lastb|logname|md5sum|sha1sum|sha256sum|mknod|mktemp|nohup|nproc|numfmt|printenv|readlink|rmdir|setsid|setarch|shuf|stdbuf|stty|uconv|unshare|unxz|xzcat|zcat|zgrep|zstd|zstdcat|bzcat|bzip2|cpio|c89|c99|gdb|ltrace|strace|flock|ionice|taskset|rsync|rlogin|rsh|sftp|rmt-dump|dpkg|apt-get|apt-cache|pip3?|pipx|npx|ansible(?:-[a-z]{2,12})?|chef-[a-z]{2,12}|cscli|ldconfig|readelf|objdump|tcpdump|tshark|iptables|ip6tables|mtr|getfacl|setfacl|lsattr|chattr|capsh|pkexec|doas|visudo|groupadd|usermod|userdel|chsh|chpasswd|ssh-keygen|ssh-keyscan|mysqldump|psql|sqlite3|redis-cli|sendmail|mailx|renice|pkill|pgrep|pidof|pstree|vmstat|iostat|hostnamectl|journalctl|systemd-run|cobc|irb|jjs|jrunscript|tclsh|rvim|vimdiff|jq|xmllint|xsltproc|aria2c|lynx|elinks|lwp-download|lwp-request|mkfifo|iwr|iwmi|irm|gwmi|gci|icm|saps|aptitude|rmt|bcdboot|bcdedit|regedit|cacls|takeown|diskpart|wevtutil|cscript|wscript|forfiles|robocopy|xcopy|findstr|taskkill|nltest|dsquery|ntdsutil|msiexec|installutil|regasm|regsvcs|msbuild|odbcconf|cmstp|pcalua|mavinject|esentutl|extrac32|makecab|nbtstat|getmac|gpresult|driverquery|fsutil|gzip|gcc|docker|kubectl|busybox|socat|openssl|vim|sysctl|lsmod|attrib|icacls|vssadmin|schtasks|ps|rm|cp|mv|nid';
/** Programs that are also words: these need an argument that only a shell would get. */
const wordy =
  'cd|column|fold|watch|timeout|stat|script|screen|perf|alias|cat|tac|nl|less|more|head|tail|fetch|host|ftp|node|find|sleep|echo|printf|print|touch|kill|env|export|set|eval|exec|source|type|del|copy|move|net|reg|od|rev|sort|which|df|du|mount|su|service|shutdown|halt|system|arp|route|finger|last|w|who|tee|dd|tar|unzip|cc|make|vi|nano|ed|diff|paste|strings|base64|passwd|date|cal|true|jobs|history|test|msg|start|ver|vol|tree';
const programs = `${clear}|${wordy}`;
const path = '(?:/?(?:(?:usr|bin|sbin|local|etc|opt|tmp|var|system32|windows|\\?{2,5}|\\*)/){1,5})?';
const end = `(?=$|[\\s;|&<>()"'\`\\\\#/${'{'}$%,.:*?+-])`;
/** A separator, then a program. */
const separated = new RegExp(
  `(?:[;|\`]|&&?|\\|\\||\\n|\\r|\\$\\(|\\b(?:do|then|else)\\s)[\\s"'({!+]{0,12}${path}(${programs})(?:\\d{1,2})?${end}([\\s\\S]{0,80})`,
  'g',
);
/** A program at the very start of a value, with an argument that only a shell would get. */
const leading = new RegExp(
  `^["'\\s({]{0,8}${path}(?:${programs})(?:\\.exe)?\\s{1,8}(?:-{1,2}[a-z0-9]|/[a-z](?:\\s|$)|/[a-z]{2,8}$|/(?:etc|tmp|var|bin|usr|home|proc|dev|root)\\b|[a-z]:[\\\\/]|["']?<\\?|https?:|\\d{1,3}(?:\\.\\d{1,3}){3}|\\*|\\$|/\\s{0,4}(?:[;&|]|$)|if=/)`,
);
/** Programs that run another, and one of those that nobody writes about. */
const wrapped =
  /^[\s"';|&`(]{0,4}(?:nohup|strace|ltrace|time|sudo|doas|exec|xargs|setsid|nice|env|timeout\s\d{1,4})\s{1,8}(?:-\S{1,20}\s{1,8}){0,3}(?:whoami|who|uname|ifconfig|ipconfig|netstat|curl|wget|bash|sh|zsh|ncat|nc|python[23]?|perl|ruby|php|lua|ls)(?:[\s;|&]|$)/;
/** Tools of administrators with the word that sets them to work. */
const administration =
  /^[\s"';|&`(]{0,4}(?:ansible-(?:config|console|doc|galaxy|inventory|playbook|pull|vault|connection)|chef-(?:client|vault|solo|shell|run|apply)\s|cscli["']?\s{1,4}\w|(?:pipx?3?|npm|gem|cargo|apt|apt-get|yum|dnf|apk|brew|snap)\s{1,4}(?:install|add|exec|download)\s|python[23]?(?:\.\d{1,2})?\s{1,4}(?:-c|-m|cmd|\S{1,60}\.py)|(?:c89|c99|gcc)\s{1,4}-wrapper|[kbcz]sh\s{1,4}-c\s|perf\s{1,4}--?\w|alias\s{1,4}\S{1,20}=)/;
/** Nothing but a separator and a program. */
const loneProgram = new RegExp(`^\\s{0,4}(?:[;|\`]|&&|\\|\\|)\\s{0,4}(?:${programs})\\s{0,4}[;|&#\`]?\\s{0,4}$`);
/** A variable that is set and run at once. */
const assigned = /(?:^|[;&|^\n\r\s])([a-z_]\w{0,20})=[^\n]{1,200}[;&]\s{0,4}\$\{?\1\b|(?:(?:^|[;=])[a-z]\w{0,3}=[^;\s]{0,3} ?){4}/;
/** Output that is written into a file which a server runs. */
const scriptWritten = /^[^<>]{0,120}[\w"']>{1,2}\s{0,2}[\w./-]{1,60}\.(?:php\d?|phtml|jspx?|aspx?|sh|cgi)(?:\s{0,4}[#;&|]|$)/;
const programWhole = /^\/(?:usr\/)?(?:local\/)?s?bin\/[a-z][\w.-]{0,30}(?:\s|$)/;
/** Commands that answer an intruder without an argument and are no words. */
const bare =
  /^[\s"';|&`(]{0,6}(?:whoami|ifconfig|ipconfig|systeminfo|sysinfo|netstat|uname|which\s{1,4}(?:gcc|cc|python[23]?|perl|nc|wget|curl|bash))[\s"';|&`)#]{0,6}$/;
const programPath =
  /(?:^|[\s"'`;|&=(<>])(?:\/usr)?(?:\/local)?\/s?bin\/(?:cat|id|ls|sh|bash|dash|zsh|ksh|csh|nc|ncat|netcat|wget|curl|python[23]?|perl|ruby|php|uname|whoami|echo|sleep|ping|head|tail|more|less|rm|cp|touch|ps|env|which|awk|sed|grep|find|telnet|chmod|su|busybox|tac|nl|printf)\b/;
const systemFile =
  /\b(?:cat|tac|more|less|head|tail|nl|type|cp|mv|vi|nano|strings|base64|xxd|od|rev|sort|grep|awk|sed|paste|ls|dir|echo)\b[^\n]{0,60}[\s"'=<({,$]\/?(?:etc|proc|root|var|home)\/[\w*?[\]'"\\${}-]/;
const shellVariable =
  /\$\{?ifs\b|\$\{?ifs[%}$]|(?:^|[\s;|&/])[a-z]{1,4}\$(?:@|\*|[1-9])[a-z]{1,4}(?:$|[\s<$])|\$\{(?:path|home|pwd|shell|lc_time)(?::|%|#)/;
const substitution = /\$\(\(?[\s"']{0,4}[\w/.+-][^)]{0,200}\)|`[\s]{0,4}(?:\/[\w/]{1,40}|[a-z_]{2,16})(?:[\s][^`\n]{1,200})?`|<\(|>\(/;
const shellshock = /\(\s{0,8}\)\s{0,8}\{\s{0,8}(?:[:_a-z];?|[^}]{0,20});?\s{0,8}\}\s{0,8};|\(\)\s{0,8}\{\s{0,8}_;\s{0,8}\}/;
const broken = /\b[a-z](?:''|""|\\|\$@|\$\*|``)[a-z](?:''|""|\\|\$@|``)?[a-z]{0,8}[\s$<{]{1,4}[-/\w'"\\*?]/;
const wildcard = /\/(?:[a-z]?\?+[a-z?]{0,4}|\*[a-z]?|\[[a-z-]+\][a-z?]{0,3})\/[a-z?*[\]'"\\/-]{1,40}/;
const reverseShell =
  /\/dev\/(?:tcp|udp)\/|\b(?:nc|ncat|netcat)\b[^\n]{0,60}\s-[a-z]{0,4}[elv]|bash\s{1,4}-i\b|mkfifo\s|\bsh\s{1,4}-i\b|(?:>|<)\s{0,4}&\s{0,4}\d|\b0>&1|\|\s{0,8}(?:ba|z|k|c|da)?sh\b/;
const windows =
  /\bcmd(?:\.exe)?\s{0,8}\/[ckr]\b|powershell(?:\.exe)?\s{1,8}(?:-[a-z]|\(|invoke|iex|&|"|')|\b(?:invoke-(?:webrequest|expression|command)|downloadstring|iex\s?\(|new-object\s)|\bnet\s{1,4}(?:user|localgroup|share|view|group)(?:\s|$)|\breg(?:\.exe)?\s{1,4}(?:add|query|delete|save)\s|\bset\s{1,4}\/a\s|%(?:comspec|systemroot|programfiles):~|\bdir\s{1,8}[a-z]:|(?:^|[&|;]\s{0,8})type\s{1,8}(?:%|[a-z]:)/;
/** Commands of PowerShell by verb and noun: the rarer nouns by themselves, the others with what only a command line has. */
const cmdlet =
  /(?:^|[\s;|&(`"'=])(?:(?:add|clear|compare|connect|convertfrom|convertto|copy|debug|disable|disconnect|enable|enter|exit|export|foreach|format|get|import|invoke|join|measure|move|new|out|pop|push|read|receive|register|remove|rename|reset|resolve|restart|restore|resume|select|send|set|show|start|stop|suspend|test|trace|unblock|undo|unregister|update|wait|where|write)-)(?:(?:wmiobject|wmimethod|wmievent|ciminstance|pssession\w{0,20}|pssnapin|psdrive|psprovider|psbreakpoint|psdebug|executionpolicy|childitem|itemproperty|eventlog|winevent|clixml|securestring|hotfix|uiculture|tracesource|formatdata|gridview|restmethod|webrequest|webserviceproxy|wsman\w{3,20}|expression|authenticodesignature|pfxcertificate|computerrestore\w{0,6}|scheduledjob|mppreference|netipconfiguration|localuser|localgroup\w{0,8}|aduser|adcomputer)\b|(?:process|service|item|content|location|computer|job|history|variable|alias|command|object|acl|module|credential|date|random|unique|host|path|connection|string|file|null|printer|member|culture|event|transaction)(?:\s{1,4}(?:-[a-z]|\$|["'({.\\]|[a-z]:\\)|\s{0,4}[|;)]))/;
const brace = /\{[a-z]{2,12},[-/\w.,'"*?]{1,80}\}/;
const redirect = /(?:^|[;|&\s])echo\s[^\n]{1,200}>{1,2}\s{0,4}[\w./\\]{1,80}/;

const separators = sign.semicolon | sign.pipe | sign.ampersand | sign.backtick | sign.dollar | sign.control | sign.parenthesis;

const anySign = separators | sign.space | sign.slash | sign.backslash | sign.quote | sign.doubleQuote | sign.angle;
const bareCommand: Recognition = { rule: 'bare-command', confidence: 0.55, reason: 'is nothing but a command' };

export const command: Recogniser = {
  category: 'command',
  signs: 0,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if (lower.length < 2 || place.kind === 'graphql') return null;
    if ((signs & anySign) === 0) return lower.length <= 16 && bare.test(lower) ? bareCommand : null;
    const isProse =
      (place.kind === 'free-text' && lower.length > 200) ||
      isCodePlace(place, lower.length) ||
      place.kind === 'html' ||
      lower.length > 1_000;
    // Writing is full of words that are programs; only what is never written by chance counts there.
    return isProse ? readShellshock(lower, signs) : read(lower, signs, place);
  },
};

function readShellshock(lower: string, signs: number): Recognition | null {
  return (signs & sign.parenthesis) !== 0 && (signs & sign.brace) !== 0 && shellshock.test(lower)
    ? { rule: 'shellshock', confidence: 0.9, reason: 'defines a shell function that runs on import' }
    : null;
}

function read(lower: string, signs: number, place: Place): Recognition | null {
  const function_ = readShellshock(lower, signs);
  if (function_ !== null) return function_;
  if ((signs & sign.dollar) !== 0 && shellVariable.test(lower))
    return { rule: 'shell-variable', confidence: 0.75, reason: 'builds a command from shell variables' };
  if ((signs & (sign.slash | sign.backslash)) !== 0) {
    if (programPath.test(lower)) return { rule: 'program-path', confidence: 0.7, reason: 'names a program by its path' };
    if (systemFile.test(lower)) return { rule: 'read-file', confidence: 0.75, reason: 'reads a system file with a command' };
    if (
      (signs & (sign.space | sign.semicolon | sign.pipe | sign.ampersand | sign.dollar)) !== 0 &&
      wildcard.test(lower) &&
      /[?]{2}|\[[a-z]|\*\//.test(lower)
    )
      return { rule: 'wildcard-path', confidence: 0.6, reason: 'spells a program with wildcards' };
  }
  if (bare.test(lower) || ((signs & separators) !== 0 && lower.length < 60 && loneProgram.test(lower))) return bareCommand;
  if ((signs & sign.angle) !== 0 && lower.length < 200 && scriptWritten.test(lower))
    return { rule: 'write-file', confidence: 0.6, reason: 'writes a file that a server would run' };
  if ((signs & (separators | sign.space | sign.slash | sign.backslash)) === 0) return null;
  if ((signs & sign.dollar) !== 0 && (signs & sign.equals) !== 0 && assigned.test(lower))
    return { rule: 'run-variable', confidence: 0.65, reason: 'sets a variable and runs it' };
  if (!place.name.startsWith('$') && place.kind !== 'free-text') {
    if (programWhole.test(lower) && place.where !== 'path')
      return { rule: 'program-path', confidence: 0.6, reason: 'names a program by its path' };
    if (lower.length < 200 && (wrapped.test(lower) || administration.test(lower)))
      return { rule: 'command-line', confidence: 0.6, reason: 'reads as a command line' };
  }
  if (leading.test(lower)) return { rule: 'command-line', confidence: 0.6, reason: 'reads as a command line' };
  const hasWord = wordGate.test(lower);
  if (hasWord && reverseShell.test(lower)) return { rule: 'shell-connection', confidence: 0.7, reason: 'connects a shell' };
  if (hasWord && (windows.test(lower) || ((signs & (sign.space | separators)) !== 0 && cmdlet.test(lower))))
    return { rule: 'windows-command', confidence: 0.7, reason: 'runs a Windows command' };
  if ((signs & separators) !== 0) {
    const found = readSeparated(lower, place);
    if (found !== null) return found;
    if ((signs & (sign.dollar | sign.backtick)) !== 0 && substitution.test(lower) && isCommandLike(lower))
      return { rule: 'substitution', confidence: 0.65, reason: 'substitutes the output of a command' };
  }
  if (hasWord && redirect.test(lower)) return { rule: 'write-file', confidence: 0.6, reason: 'writes a file with a command' };
  if ((signs & sign.brace) !== 0 && brace.test(lower) && braceProgram.test(lower))
    return { rule: 'brace-command', confidence: 0.7, reason: 'spells a command with braces' };
  if ((signs & (sign.quote | sign.doubleQuote | sign.backslash)) !== 0 && (signs & separators) !== 0 && broken.test(lower))
    return { rule: 'broken-command', confidence: 0.55, reason: 'breaks up the name of a command' };
  return null;
}

/** Separator and program: with an argument or an end that a shell expects it is a command, else it may be prose. */
function readSeparated(lower: string, place: Place): Recognition | null {
  if (place.where === 'header' && (place.name === 'user-agent' || place.name === 'accept' || place.name === 'sec-ch-ua')) {
    if (!/[|`$\n]|;\s{0,4}(?:cat|ls|id|wget|curl|bash|sh)\b/.test(lower)) return null;
  }
  separated.lastIndex = 0;
  for (let match = separated.exec(lower); match !== null; match = separated.exec(lower)) {
    const program = match[1] ?? '';
    const after = match[2] ?? '';
    const before = match[0].charAt(0);
    const isClear = clearProgram.test(program);
    // `x;ls docs` is typed by no one; `node | php jobs` is a list.
    const isTight = match.index <= 2 || !/\s/.test(lower.charAt(match.index - 1));
    if (
      !(
        shellArgument.test(after) ||
        (isClear &&
          (/[`$]/.test(before) || (before === '|' && match.index <= 2)
            ? /^\s{1,8}[a-z]/
            : neverWord.test(program)
              ? /^\s{1,8}[a-z]|^-/
              : technology.test(program)
                ? /^$/
                : isTight
                  ? /^\s{1,8}[a-z]{3,12}$/
                  : /^$/
          ).test(after))
      ) &&
      !(isClear && bareEnd.test(after))
    )
      continue;
    // An ampersand between words is an `and`, a line break between lines is prose.
    const isLoose = (before === '&' && /^&\s[a-z]/.test(match[0])) || before === '\n' || before === '\r';
    if (
      isLoose &&
      !(isClear && neverWord.test(program)) &&
      !(isClear ? /^\s{0,8}(?:$|-{1,2}[a-z0-9]|[/;|`$\\>]|[a-z]:)/ : /^\s{1,8}(?:-{1,2}[a-z]|\/|\$|["']|\d{1,5}\s{0,4}$)|\$\(\(/).test(
        after,
      )
    )
      continue;
    return { rule: 'separated-command', confidence: 0.7, reason: 'ends a value and runs a command' };
  }
  return null;
}

const braceProgram = new RegExp(`\\{(?:${programs}),`);
const substitutedProgram = new RegExp(`(?:\\$\\(+|\`)[\\s"']{0,4}${path}(?:${programs})${end}`);
/** One pass for what the rules without a separator need at least one of. */
const wordGate =
  /\/dev\/|\bn(?:c|cat|etcat)\b|bash|mkfifo|\bk?z?c?da?sh\b|\bsh\b|[<>]\s{0,4}&|0>&1|cmd|powershell|pwsh|invoke-|iex|downloadstring|new-object|\bnet\s|\breg[.\s]|set\s{1,4}\/a|%(?:com|sys|prog)|\bdir\s|type\s|[a-z]-(?:wmi|cim|ps|win|exec|child|item|event|cli|sec|hot|ui|trace|format|grid|rest|web|wsman|expr|auth|pfx|comp|sched|mp|net|local|ad|proc|serv|cont|loc|job|hist|var|alias|comm|obj|acl|mod|cred|date|rand|uniq|host|path|conn|str|file|null|print|mem|cult|trans)|echo\s|\|\s{0,8}(?:b?a|z|k|c|d)/;
const clearProgram = new RegExp(`^(?:${clear})$`);
/** Programs that stand in no sentence, so that any word may follow. */
const neverWord =
  /^(?:netsh|wmic|vssadmin|schtasks|bcdedit|bcdboot|regedit|certutil|bitsadmin|icacls|cacls|taskkill|ansible.*|chef-.*|rmt-dump|lastlog|flock|c89|c99|systemctl|useradd|kubectl|pip3?|pipx|cscli)$/;
/** Programs that are trades as well: a list of them is a search. */
const technology = /^(?:php|python[23]?|perl|ruby|lua|bash|docker|kubectl|vim|psql|openssl|powershell|gcc|gdb)$/;
const bareEnd = /^\s{0,8}(?:$|[;|&`"'#)\n\\>%])/;
const shellArgument =
  /^(?:\s{1,8}|\+{1,3})(?:-{1,2}[a-z]|\/|\\|[a-z]:[\\/]|\d{1,5}\b|\$|["'({<%*]|https?:|[\w.-]{1,60}\.(?:txt|php|ini|conf|sh|com|net|org|exe|log|html?)\b|\d{1,3}\.\d)|^\s{0,8}[<>{]|^\$|^["'(]|^%(?:20|0)|^\/|^\s?`/;

function isCommandLike(lower: string): boolean {
  return substitutedProgram.test(lower) || /\$\(\(\s{0,4}\d{1,9}\s{0,4}[-+*/]\s{0,4}\d{1,9}\s{0,4}\)\)/.test(lower);
}
