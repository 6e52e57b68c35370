/** Source code of a server language where a value should stand: PHP, Java and its expression languages, Python, Ruby, Node, ASP, Lua. */
import { isCodePlace } from '../place-kind.ts';
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

interface CodeRule {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly confidence: number;
  readonly reason: string;
}

const phpTag: CodeRule = {
  rule: 'php-tag',
  pattern:
    /<\?(?:php|=)|<\?\s{0,8}(?:echo|system|eval|passthru|phpinfo|exec|include|require|@?\$_)|<%\s{0,4}(?:eval|execute|response\.write|@\s{0,4}page)|\{php\}/,
  confidence: 0.85,
  reason: 'holds a server page',
};

const rules: readonly CodeRule[] = [
  phpTag,
  {
    rule: 'php-superglobal',
    pattern:
      /\$_(?:get|post|request|cookie|server|files|session|env)\b\s{0,4}[[{]|^\$_(?:get|post|request|cookie|server|files|session|env)$|\$globals\s{0,4}\[|\$http_(?:get|post|raw)_/,
    confidence: 0.8,
    reason: 'reads variables of a PHP request',
  },
  {
    rule: 'php-call',
    pattern:
      /(?:^|[^a-z0-9_.>])@?(?:phpinfo|phpversion|passthru|shell_exec|proc_open|popen|pcntl_exec|system|exec|assert|call_user_func(?:_array)?|create_function|file_(?:get|put)_contents|readfile|show_source|highlight_file|base64_decode|gzinflate|str_rot13|preg_replace|move_uploaded_file|fsockopen|include(?:_once)?|require(?:_once)?|print_r|var_dump|var_export|scandir|opendir|fopen|array_map|array_filter|eval|print|printf|die|exit|md5|ini_set|set_time_limit|unserialize|curl_exec|dl|putenv|chr|hex2bin|strrev)\s{0,8}\(\s{0,8}(?:["'`$@]|\)|\d|[a-z_]{2,40}\s{0,4}\()[^\n]{0,300}\)?\s{0,8}(?:;|\)|$)/,
    confidence: 0.6,
    reason: 'calls a server function',
  },
  {
    rule: 'java',
    pattern:
      /java\.(?:lang|io|net|util|rmi|beans)\.\w|javax\.(?:script|naming|el|management)\.|getruntime\s{0,4}\(|processbuilder|\.getclass\s{0,4}\(|class\.forname|\bforname\s{0,4}\(|\.newinstance\s{0,4}\(|scriptenginemanager|classloader|getdeclaredmethod|org\.(?:apache\.(?:commons|catalina|struts|xalan|velocity|logging)|springframework|codehaus|hibernate|jboss|mozilla)\.|com\.(?:sun|opensymphony|mchange|oracle)\.\w|#_memberaccess|ognl(?:context|util)|@[a-z][\w.]{3,80}@[\w$]{2,40}|\bt\(\s{0,4}java|#(?:context|application|session|request|root|parameters|attr)\s{0,4}\[|xmldecoder|unmarshaller|weblogic\.|groovy\.(?:lang|util)|\.execute\s{0,4}\(\)|nashorn/,
    confidence: 0.7,
    reason: 'reaches into the Java runtime',
  },
  {
    rule: 'python',
    pattern:
      /__(?:import|class|mro|subclasses|globals|builtins|base|bases|init|dict|getattribute|getattr|reduce|code)__|\bos\.(?:system|popen|exec\w{1,3}|spawn\w{0,3}|environ)\b|subprocess\.(?:popen|call|run|check_output|getoutput)|\bimport\s{1,8}(?:os|subprocess|socket|pty|sys)\b|\bpickle\.loads|compile\s{0,4}\(["'].{0,80},\s{0,4}["'](?:exec|eval)/,
    confidence: 0.75,
    reason: 'reaches into the Python runtime',
  },
  {
    rule: 'node',
    pattern:
      /require\s{0,4}\(\s{0,4}["'`](?:child_process|fs|os|net|http|vm|path|util|crypto)["'`]|process\.(?:mainmodule|binding|env\b|exit|kill|cwd)|child_process|global\.process|\.exec(?:sync|file)\s{0,4}\(|spawnsync\s{0,4}\(|readfilesync|writefilesync|this\.constructor(?:\.constructor)?\b|__js_function|\bprocess\s{0,4}\[|global\s{0,4}\[\s{0,4}["'`]process|\bfunction\s{0,4}\(\s{0,4}\)\s{0,4}\{\s{0,8}(?:return|require|process|while|console|eval|this)|\brequire\s{0,4}\(\s{0,4}["'`][\w./:-]{1,40}["'`]\s{0,4}\)\s{0,4}[.[]|string\s{0,4}\.\s{0,4}fromcharcode\s{0,4}\(|_\$\$nd_func\$\$_/,
    confidence: 0.75,
    reason: 'reaches into the Node runtime',
  },
  {
    rule: 'script-statement',
    pattern:
      /^[\s;'"(]{0,6}(?:function\s{0,4}\(\s{0,4}\)\s{0,4}\{|console\s{0,4}(?:\.|\[)\s{0,4}["'`]?(?:log|info|debug|error|warn|trace|dir|table)["'`]?\]?\s{0,4}(?:\.\s{0,4}(?:call|apply|bind)\s{0,4})?\(|while\s{0,4}\(\s{0,4}(?:true|[!+~-]{0,6}(?:\d|"|'|`|\{|\[|undefined|null|false|nan)|[!+~-]{1,6}\w)|new\s{1,8}function\s{0,4}\(|module\s{0,4}\.\s{0,4}exports\s{0,4}=|for\s{0,4}\(\s{0,4};)/,
    confidence: 0.65,
    reason: 'is a statement of a script',
  },
  {
    rule: 'ruby',
    pattern:
      /\b(?:io|kernel|open3|file|dir)\.(?:popen|exec|spawn|read|open|system|entries|capture)\s{0,4}[(\s]["'`|]|%x[({[]|\bspawn\s{0,4}\(["']|\beval\s{0,4}%|erb\.new|\bprocess\s{0,4}\.\s{0,4}(?:abort|argv0|clock_\w{3,12}|daemon|detach|exit|fork|getp\w{2,12}|kill|last_status|spawn|wait\w{0,4}|setproctitle)\b|\bobject(?:space)?\.(?:send|each_object|instance_eval)|instance_eval|\.send\s{0,4}\(:/,
    confidence: 0.7,
    reason: 'reaches into the Ruby runtime',
  },
  {
    rule: 'perl',
    pattern:
      /\bsystem\s{0,4}\(?["'`][^"'`\n]{1,200}["'`]|\bprint\s{0,4}[(`]\s{0,4}`|@\{\[|\bopen\s{0,4}\(\s{0,4}\w{1,20}\s{0,4},|\bperl\s{1,4}-e\b|use\s{1,4}socket\b/,
    confidence: 0.6,
    reason: 'runs a Perl or shell call',
  },
  {
    rule: 'asp',
    pattern:
      /server\.(?:createobject|scripttimeout|mappath|execute)|wscript\.shell|response\.write\s{0,4}\(|\bexecute\s{0,4}\(["']|eval\s{0,4}request|\bev["& ]{0,6}al\s{0,4}\(|scripting\.filesystemobject|adodb\.stream|system\.diagnostics\.process/,
    confidence: 0.75,
    reason: 'reaches into an ASP server',
  },
  {
    rule: 'lua',
    pattern: /\bos\.execute\s{0,4}\(|\bio\.popen\s{0,4}\(|\bloadstring\s{0,4}\(|package\.loadlib/,
    confidence: 0.75,
    reason: 'reaches into the Lua runtime',
  },
  { rule: 'groovy', pattern: /["']\.execute\s{0,4}\(\s{0,4}\)|\$\\+[a-z]\{\d/, confidence: 0.75, reason: 'runs a command from a script' },
];

/** One pass for what every rule needs at least one of. */
const gate =
  /<[?%]|\$_|\$\\|\$global|\$http|php|java|class|runtime|__|\bos\.|subprocess|import|require|process|exec|system|popen|eval|assert|print|server|response|wscript|ognl|#(?:context|application|session|request|root|parameters|attr|_)|@[a-z][\w.]{3,80}@|%x|\b(?:io|kernel|open3|file|dir)\.|perl|include|call_user|create_function|file_|readfile|source|(?:chr|die|exit|md5|dl|open)\s{0,8}\(|serialize|curl_|putenv|fopen|fsock|scandir|opendir|array_|var_|strrev|str_rot|hex2bin|base64_|gzinf|preg|ini_set|set_time|loadstring|loadlib|execute|adodb|scripting|spawn|org\.|com\.|\bt\(|\.send|erb\.|marshal|decoder|weblogic|groovy|nashorn|move_up|pickle|compile|binding|childprocess|readfilesync|system\.diag|al\s{0,4}\(|sockets?\b|@\{\[|console|while|exports|constructor|function|for\s{0,4}\(/;

export const code: Recogniser = {
  category: 'code',
  signs:
    sign.parenthesis |
    sign.angle |
    sign.dollar |
    sign.dots |
    sign.backtick |
    sign.brace |
    sign.hash |
    sign.colon |
    sign.slash |
    sign.quote |
    sign.at |
    sign.equals |
    sign.period |
    sign.underscore |
    sign.bracket,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if (place.kind === 'graphql' || lower.length < 5) return null;
    // The name of a class alone is a report; others ask about those.
    const isName = (signs & ~(sign.period | sign.underscore | sign.bracket | sign.digitRun)) === 0;
    if (isName && !/__|exports|process[.[]|constructor|classloader/.test(lower)) return null;
    if (
      (signs & (sign.parenthesis | sign.angle | sign.dollar | sign.backtick | sign.brace | sign.hash | sign.at)) === 0 &&
      !/java|__|class|exports|process[.[]|constructor/.test(lower)
    )
      return null;
    const isProse =
      (place.kind === 'free-text' && lower.length > 200) ||
      isCodePlace(place, lower.length) ||
      place.kind === 'html' ||
      lower.length > 2_000;
    // Writing keeps only what even it does not hold by chance.
    if (isProse) return phpTag.pattern.test(lower) ? { ...phpTag, confidence: phpTag.confidence - 0.35 } : null;
    if (!gate.test(lower)) return null;
    for (const rule of rules) {
      if (rule.pattern.test(lower)) return { rule: rule.rule, confidence: rule.confidence, reason: rule.reason };
    }
    return null;
  },
};
