/** PHP where a value should stand: calls of its functions, calls through variables and pieced-together names, its settings. */
import { isCodePlace } from '../place-kind.ts';
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';
import { sign } from '../recogniser.ts';

/** Longest text that is a call and not writing about one. */
const callCharsMax = 400;
/** What PHP skips between a name and its arguments. */
const gap = String.raw`(?:\s|\/\*[^*]{0,60}\*\/|#[^\n]{0,60}\n|\/\/[^\n]{0,60}\n){0,8}`;
/** Families that share a prefix; those of SQL and of query languages are left out. */
const family =
  'posix|mysqli?|pg|odbc|sqlite|ldap|imap|ftp|ssh2|openssl|sodium|curl|gz|bz|zip|zlib|xml|simplexml|libxml|dom|iconv|ctype|mb|preg|ereg|pcntl|proc|stream|socket|ob|session|apache|ini|is|func|function|call|create|register|spl|iterator|shmop|shm|sem|msg|image|exif|mcrypt|mhash|ibase|oci|dba|gmp|runkit|eio|event|readline|ncurses|gnupg|pspell|enchant|opcache|wincache|apcu?|rrd|svn|yaz|snmp|fdf|posix|inotify|php|error|debug|class|method|property|get|set|unregister|restore|forward|highlight|parse|move|file|readgz|disk|dns|net|openlog|sys|array|str|substr|var|serialize|unserialize|hash|password|random|mt|url|http|base64|convert|html|htmlspecialchars|strip|utf8|gethostby|interface|trait|trigger|user|assert|date_sun|date_parse|timezone';
/** Functions without a prefix that are no words and no functions of query languages. */
const single =
  'phpinfo|phpversion|phpcredits|eval|assert|exec|passthru|system|popen|shell_exec|checkdate|gethostbyname|gethostbyaddr|gethostname|symlink|readlink|linkinfo|tempnam|tmpfile|fopen|fread|fwrite|fputs|fgets|fgetc|fclose|feof|fflush|fstat|fscanf|ftruncate|fileperms|fileowner|filegroup|fileinode|filetype|filesize|filemtime|filectime|fileatime|file|readfile|readdir|opendir|closedir|scandir|rewinddir|getcwd|chdir|chroot|mkdir|rmdir|rename|unlink|chmod|chown|chgrp|umask|touch|glob|dirname|basename|realpath|pathinfo|substr|strrev|strtr|strstr|stristr|strpos|str_replace|implode|explode|sprintf|vsprintf|printf|vprintf|fprintf|sscanf|ucfirst|ucwords|lcfirst|nl2br|addslashes|stripslashes|htmlentities|urlencode|urldecode|rawurlencode|rawurldecode|crc32|md5_file|sha1_file|uniqid|getenv|putenv|getmypid|getmyuid|get_current_user|usleep|set_time_limit|ignore_user_abort|mail|header|setcookie|headers_sent|extract|compact|usort|uasort|uksort|iptcembed|ezmlm_hash|unserialize|serialize|gzinflate|gzuncompress|gzdecode|bin2hex|hex2bin|chunk_split|convert_uu(?:en|de)code|parse_str|dl|leak|syslog|openlog|closelog|define|defined|constant|zend_version|settype|gettype|intval|boolval|floatval|strval|pack|unpack';
const callStart = new RegExp(
  String.raw`(?:^|[/;{=]|\?>|<\?)\s{0,4}[@\\"'(]{0,4}(?:(?:${family})_[a-z0-9_]{2,60}|${single})${gap}=?\(${gap}([\s\S]{0,80})`,
);
/** `$name(..)`, `$$name(..)`, `\${..}(..)`, with indexes and comments between. */
const variableCall = new RegExp(
  String.raw`(?:^|[;=@(\s{])@?\$+(?:[a-z_]\w{0,60}|\{[^{}]{1,80}\})(?:${gap}(?:\[[^\]]{0,40}\]|\{[^}]{0,40}\})){0,4}${gap}\([^)]{0,200}\)${gap}(?:;|$|[)}\]])`,
);
const variableOfText =
  /\$\s{0,20}\{\s{0,20}(?:["'][\w\\ ]{1,40}["'](?:\s{0,4}\.\s{0,4}["'][\w\\ ]{1,40}["']){0,8}|\$[a-z_]\w{0,40})\s{0,20}\}|\$\s{1,20}\{\s{0,20}[a-z_]\w{1,40}\s{0,20}\}|->\s{0,4}\$\w{1,40}\s{0,4}\(/;
/** A name in brackets or quotes that is called at once. */
const wrappedCall = new RegExp(
  String.raw`(?:^|[;=]|\breturn\b|\becho\b)${gap}(?:\(\s{0,4}string\s{0,4}\)\s{0,4})?(?:\[[a-z_]{2,40}\]|\((?=[^()]{0,80}[a-z])[^()]{1,80}(?:\([^()]{0,60}\)[^()]{0,60}){0,3}\)|"[\w\\]{2,60}"(?:\s{0,4}\.\s{0,4}"[\w\\]{1,60}"){0,8}|'\w{2,60}'(?:\s{0,4}\.\s{0,4}'\w{1,60}'){0,8})(?:${gap}(?:\[[^\]]{0,40}\]|\{[^}]{0,40}\})){0,4}${gap}\(([^()]{0,100}(?:\([^()]{0,60}\)[^()]{0,40})?)\)\s{0,4}([;.]|$)`,
);
/** A function in brackets of its own. */
const knownName = new RegExp(`^\\(\\s{0,4}(?:${single})\\s{0,4}\\)`);
const directive =
  /(?:^|[\s\-?&;])(?:allow_url_(?:fopen|include)|auto_(?:ap|pre)pend_file|disable_(?:functions|classes)|open_basedir|safe_mode(?:_\w{1,30})?|enable_dl|extension_dir|include_path|magic_quotes_\w{1,20}|register_globals|short_open_tag|upload_tmp_dir|suhosin\.[a-z_.]{2,60}|(?:opcache|zend|xdebug|mbstring|assert|phar|ffi|pcre|zlib|session|cgi|soap|sqlite3|mysqli?|pdo_mysql|pgsql|odbc|openssl|curl|exif|user_ini|mail|date|url_rewriter|arg_separator|unserialize_callback|realpath_cache)\.[a-z]{2,20}_[a-z_]{2,60})\s{0,8}=/;
/** Functions that run what they are given: as a value by themselves they are the answer to "call what?". */
const loneFunction =
  /^(?:call_user_func(?:_array)?|call_user_method(?:_array)?|create_function|func_get_args?|register_(?:shutdown|tick)_function|ob_(?:start|get_contents)|proc_(?:open|get_status|nice|terminate)|pcntl_\w{2,20}|posix_\w{2,20}|shell_exec|passthru|escapeshell(?:cmd|arg)|php_uname|phpinfo|phpversion|get_(?:cfg_var|current_user|defined_(?:vars|functions|constants)|loaded_extensions)|getmy(?:uid|gid|pid|inode)|file_(?:get|put)_contents|show_source|highlight_(?:file|string)|php_strip_whitespace|move_uploaded_file|base64_decode|convert_uudecode|str_rot13|gz(?:inflate|uncompress|decode|open|read|file|passthru|encode)|bz(?:open|read|decompress|compress)|readgzfile|fsockopen|pfsockopen|curl_(?:exec|init|multi_exec)|ftp_\w{2,20}|ini_(?:set|get_all|restore)|array_(?:map|filter|walk|reduce|diff_u\w{3,12}|intersect_u\w{3,12}|u\w{3,12})|iterator_apply|preg_replace(?:_callback)?|ereg_replace|mb_ereg_replace|parse_ini_file|import_request_variables|extension_loaded|set_error_handler|spl_autoload_\w{2,20}|unserialize|session_(?:set_save_handler|save_path|decode|encode|regenerate_id|cache_limiter)|var_(?:dump|export)|print_r|debug_(?:backtrace|zval_\w{4,8}|print_backtrace)|mysqli?_\w{4,20}|odbc_\w{4,20}|pg_\w{4,20}|sqlite_\w{4,20}|ldap_\w{3,20})$/;
const pageTag = /<\?\s{0,8}php\b|<\?xml\s{0,8}:|[[{][/\\]?php[\]}]/;
const anyCall = /[a-z0-9_"'\])}/\\]\s{0,8}=?\(|\/\*|#/;

export const phpCall: Recogniser = {
  category: 'code',
  signs: sign.underscore | sign.parenthesis | sign.dollar | sign.angle | sign.brace | sign.bracket | sign.equals,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { lower, signs } = sample;
    if (lower.length < 5 || lower.length > callCharsMax || place.kind === 'graphql' || isCodePlace(place, lower.length)) return null;
    if (place.where === 'header' && place.name === 'user-agent') return null;
    if (place.where !== 'path' && place.name !== '' && !place.name.startsWith('$') && loneFunction.test(lower))
      return { rule: 'function-name', confidence: 0.6, reason: 'is nothing but the name of a function that runs code' };
    if ((signs & (sign.angle | sign.brace | sign.bracket)) !== 0 && pageTag.test(lower))
      return { rule: 'page-tag', confidence: 0.75, reason: 'holds a server page' };
    if ((signs & sign.equals) !== 0 && directive.test(lower))
      return { rule: 'php-setting', confidence: 0.65, reason: 'sets the interpreter of PHP' };
    if ((signs & sign.dollar) !== 0 && variableOfText.test(lower))
      return { rule: 'variable-name', confidence: 0.6, reason: 'spells the name of a variable' };
    if ((signs & sign.parenthesis) === 0 || !anyCall.test(lower)) return null;
    if ((signs & sign.dollar) !== 0 && variableCall.test(lower))
      return { rule: 'variable-call', confidence: 0.65, reason: 'calls a function by a variable' };
    const wrapped = wrappedCall.exec(lower);
    if (wrapped !== null && (wrapped[2] !== '' || /["'@]/.test(wrapped[1] ?? '') || knownName.test(lower)))
      return { rule: 'wrapped-call', confidence: 0.65, reason: 'calls a function by a pieced-together name' };
    return callStart.test(lower) ? { rule: 'function-call', confidence: 0.6, reason: 'calls a function of PHP' } : null;
  },
};
