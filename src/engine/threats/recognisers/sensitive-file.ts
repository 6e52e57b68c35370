/** Requests for what should not be served: version control, settings, keys, dumps, backups, shells, consoles of frameworks. Paths only. */
import type { Place, Recogniser, Recognition, Sample } from '../recogniser.ts';

/** Folders and files whose name begins with a dot and that hold secrets or sources. `.well-known` is public by design. */
const dotFile =
  /(?:^|\/)\.(?:git(?:\/|$|ignore$|config$|attributes$|modules$|-credentials$|lab-ci)|svn(?:\/|$)|hg(?:\/|$|ignore$)|bzr\/|cvs|env(?:$|[._-][\w.-]{0,40}$|\/)|aws\/|ssh\/|docker\/|dockerenv|dockercfg|dockerignore|kube\/|npmrc|yarnrc|pypirc|netrc|pgpass|my\.cnf|bash_history|zsh_history|mysql_history|psql_history|sh_history|python_history|bashrc|profile|bash_profile|zshrc|viminfo|vimrc|htaccess|htpasswd|ds_store|idea\/|vscode\/|vs\/|project$|settings\/|settings\.php|config\/|terraform\/|tfstate|travis\.yml|circleci\/|drone\.yml|gnupg\/|subversion|rsync|ftpconfig|sftp|remote-sync|s3cfg|boto|composer\/|local\/share|cache\/|azure\/|gcloud|config\.php|passwd|history|jenkins|web-?inf|user\.ini|perf|esmtprc|mailrc|cursor\/|claude\/|codex\/|aider|n8n\/|openai|streamlit\/|rediscli_history|irb_history|node_repl_history|wget-hsts|lesshst|wp-config)/;

/** A hidden folder at the root with a file of settings, keys or notes in it: tools of developers keep theirs so. */
const dotFolder =
  /^\/?\.(?!well-known\/|github\/|\.|\/)[\w-]{1,40}\/(?:[\w.-]{1,60}\/){0,5}[\w.-]{1,60}\.(?:json|ya?ml|toml|ini|cfg|conf|config|env|key|pem|log|sql|lock|md|xml|properties|bak|history|cache)$/;

/** Backups and editor leftovers of what would be run, not shown. */
const backup =
  /(?:^|\/)[\w.-]{1,80}\.(?:php\d?|phtml|asp|aspx|jsp|inc|conf(?:ig)?|cfg|ini|ya?ml|properties|xml|json|js|py|rb|pl|env|htaccess|sql|key|pem)(?:\.(?:bak|bkp|backup|old|orig|original|save|swp|swo|tmp|copy)|~|_bak|_old|-bak)$|(?:^|\/)[\w.-]{1,80}\.(?:php\d?|phtml|aspx?|jsp|inc|conf|cfg|env|sql)\.(?:1|dist|sample|txt|zip|gz|tar)$|(?:^|\/)(?:backup|dump|db|database|www|site|web|data|sql|mysql|export|wwwroot|htdocs|public_html|prod|latest|users?|old)[\w-]{0,20}\.(?:sql|tar\.gz|tgz|tar|bak|rar|7z|db|sqlite3?|mdb|dump|old)$|(?:^|\/)(?:backup|dump|dmp|bak|db|database|sql|mysql|www|wwwroot|htdocs|public_html|site|web)[\w-]{0,20}\.(?:gz|zip|bz2|xz|lz4|zst|tar\.bz2|tar\.xz)$|^(?:[\w-]{1,40}\/|\.\/){0,2}[\w.-]{1,60}\.sql(?:\.gz|\.zip|\.bz2|\.tar)?$|(?:^|\/)\.[\w.-]{1,60}\.sw[op]$|(?:^|\/)#[\w.-]{1,60}#$/;

/** Settings and keys by their customary names. */
const secretFile =
  /(?:^|\/)(?:web-inf|meta-inf)\/|(?:^|\/)(?:wp-config|configuration|settings|config(?:\.inc)?|database|db|localsettings|parameters|conf_global|sites\/default\/settings)\.(?:php|inc)(?:\.|~|$)[^/]{0,20}|(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:\.pub)?|authorized_keys|known_hosts|server\.key|private\.(?:key|pem)|privatekey\.pem|[\w.-]{1,60}\.(?:kdbx|ppk|jks|keystore|pfx|p12|ovpn|tfstate|tfvars))$|^(?:[\w-]{1,40}\/)?(?:credentials|secrets?|service-?account)\.(?:json|ya?ml|txt|xml|csv|ini)$|(?:^|\/)(?:docker-compose(?:\.[\w-]{1,20})?\.ya?ml|dockerfile|jenkinsfile|vagrantfile|composer\.(?:lock|phar)|gemfile\.lock|procfile|web\.config|global\.asax?|php\.ini|my\.cnf|httpd\.conf|nginx\.conf|\.?htpasswd[^/]{0,10}|server-status|server-info|error_log|access_log|(?:php_?)?errors?\.log|access\.log|debug\.log|laravel\.log|npm-debug\.log|thumbs\.db|desktop\.ini|appsettings(?:\.\w{1,20})?\.json|application(?:-\w{1,20})?\.(?:properties|ya?ml)|bootstrap\.ya?ml|local\.properties|filezilla\.xml|sitemanager\.xml|winscp\.ini|ws_ftp\.ini|sftp-config\.json|deployment-config\.json)$/;

/** Shells that intruders leave, and pages that show the inside of an interpreter. */
const shell =
  /(?:^|\/)(?:wso\d?|c99|r57|b374k|webshell|cmd|shell|backdoor|alfa|mini|indoxploit|adminer(?:-[\d.]{1,8})?|phpinfo|php_info|info|i|test|eval-stdin|filemanager|phpunit|antsword|behinder|godzilla|cmdasp|jspspy|up|upl|upload_shell|0|x|xx|1|adm1n|ws0|wsoyanz)\.(?:php\d?|phtml|asp|aspx|jsp|jspx|cfm)$/;
const shellSure =
  /(?:^|\/)(?:wso\d{0,2}|c99|r57|b374k|webshell|indoxploit|alfa|eval-stdin|antsword|behinder|godzilla|cmdasp|jspspy|wsoyanz|adminer(?:-[\d.]{1,8})?|phpinfo|php_info|cmd|shell|backdoor)\.(?:php\d?|phtml|asp|aspx|jsp|jspx|cfm)$/;

/** Consoles and inner pages of frameworks and products. */
const console_ =
  /(?:^|\/)(?:actuator\/(?:env|heapdump|threaddump|mappings|beans|configprops|dump|trace|httptrace|loggers|jolokia|shutdown|gateway|auditevents|logfile|refresh|restart)|jolokia\/(?:list|exec|read|write)|heapdump(?:\.json)?$|phpmyadmin[\w.-]{0,10}\/|pma\/|myadmin\/|mysqladmin\/|manager\/html|host-manager\/html|jmx-console|web-console\/|invoker\/jmxinvokerservlet|admin-console\/|solr\/admin\/|druid\/(?:index|websession|sql)\.html|nacos\/v1\/|cgi-bin\/(?:\.|%2e|test-cgi|printenv|php|bash|sh|luci|status|admin\.cgi|env)|owa\/auth\/x\.js|boaform\/|goform\/|hudson\/script|jenkins\/script|_ignition\/execute-solution|_profiler\/phpinfo|telescope\/requests|debug\/(?:pprof|vars|default\/view)|trace\.axd|elmah(?:\.axd)?$|wls-wsat\/|_async\/asyncresponseservice|vendor\/phpunit\/|phpunit\/|api\/jsonws\/invoke|struts\/webconsole|axis2-admin|fckeditor\/editor\/filemanager|elfinder\/php\/|wp-admin\/(?:install|setup-config)\.php|wp-content\/debug\.log|apc\.php$|server-status\b)/;

/** A script where only what visitors sent should lie, or one that ends like a picture. */
const uploadedScript =
  /(?:^|\/)(?:uploads?|upload_?files?|userfiles|attachments?)\/(?:[\w.-]{1,80}\/){0,8}[\w.-]{1,80}\.(?:php\d?|phtml|phar|aspx?|jspx?|cfm)$/;
const pictureScript = /\.(?:php\d?|phtml|aspx?|jspx?)\.(?:jpe?g|png|gif|bmp|ico|svg)$/;
/** Settings at their place in the tree of a product, and names of files without an ending. */
const settingsFile = /^config\.ya?ml$|(?:^|\/)app\/etc\/(?:local\.xml|env\.php)$|(?:^|\/)cvs\/(?:entries|root|repository)$/;
const bareName =
  /(?:^|\/)(?:web-inf|meta-inf)(?:\/|$)|(?:^|\/)(?:cvs\/(?:entries|root|repository)|error_log|access_log|id_rsa|dockerfile|jenkinsfile|vagrantfile|authorized_keys)$/;

export const sensitiveFile: Recogniser = {
  category: 'sensitive-file',
  signs: 0,
  places: ['path'],
  recognise(sample: Sample, place: Place): Recognition | null {
    if (place.where !== 'path' || place.name !== '' || sample.text.length > 2048) return null;
    const path = sample.lower.replaceAll('\\', '/').replace(/\/{2,}/g, '/');
    if (path.includes('.')) {
      if (dotFile.test(path) || dotFolder.test(path))
        return { rule: 'dot-file', confidence: 0.8, reason: 'asks for a hidden file of settings, keys or sources' };
      if (backup.test(path)) return { rule: 'backup', confidence: 0.65, reason: 'asks for a backup of a file that is run, or a dump' };
      if (shellSure.test(path)) return { rule: 'shell', confidence: 0.75, reason: 'asks for a script that intruders leave behind' };
      if (shell.test(path)) return { rule: 'odd-script', confidence: 0.35, reason: 'asks for a script by a name that probes use' };
      if (pictureScript.test(path)) return { rule: 'double-ending', confidence: 0.6, reason: 'asks for a script that poses as a picture' };
      if (uploadedScript.test(path)) return { rule: 'uploaded-script', confidence: 0.55, reason: 'asks for a script among uploaded files' };
      if (settingsFile.test(path) || secretFile.test(path))
        return { rule: 'secret-file', confidence: 0.6, reason: 'asks for a file of settings or keys' };
    } else if (bareName.test(path)) return { rule: 'secret-file', confidence: 0.6, reason: 'asks for a file of settings or keys' };
    return console_.test(path) ? { rule: 'console', confidence: 0.6, reason: 'asks for the console or the inside of a product' } : null;
  },
};
