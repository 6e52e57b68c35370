/**
 * Noise that one message shows by itself. A hint, not a verdict: the learner sees all messages of a path and its
 * neighbours, and un-folds what turns out to be an operation (an export named `report.png`).
 */
import type { NoiseReason, Segment } from '../evidence/observation.ts';
import type { Exchange } from '../http/exchange.ts';
import { hasHeader, header } from '../http/headers.ts';
import { type SegmentedPath, splitExtension } from '../http/segment.ts';

const pageAssets = new Set('js mjs css map png jpg jpeg gif webp svg ico bmp avif woff woff2 ttf otf eot wasm'.split(' '));
const assetNames = new Set(
  'robots.txt favicon.ico sitemap.xml humans.txt ads.txt security.txt manifest.json manifest.webmanifest site.webmanifest browserconfig.xml crossdomain.xml service-worker.js sw.js asset-manifest.json apple-touch-icon.png apple-touch-icon-precomposed.png apple-app-site-association assetlinks.json'.split(
    ' ',
  ),
);
const assetFolders = new Set(
  'static assets asset _next _nuxt dist img imgs images css js scripts styles fonts webfonts public media-static vendor-static build'.split(
    ' ',
  ),
);
const pageExtensions = new Set(['html', 'htm', 'xhtml', 'shtml']);

const healthPaths = new Set(
  'health healthz health-check healthcheck health_check _health livez readyz live ready alive liveness readiness ping up heartbeat -/healthy -/ready health/live health/ready health/liveness health/readiness healthz/live healthz/ready actuator/health actuator/health/liveness actuator/health/readiness _status nginx_status server-health elb-health lb-status'.split(
    ' ',
  ),
);

/** First segments that only scanners ask of a server that does not answer them. */
const probeStarts = new Set(
  'wp-admin wp-content wp-includes wp-json wordpress phpmyadmin pma myadmin dbadmin adminer xampp cgi-bin hnap1 boaform boafrm goform gponform owa ecp autodiscover evox nmaplowercheck sdk solr struts jenkins hudson manager host-manager jmx-console web-console invoker druid geoserver telescope _ignition _profiler _wpeprivate console actuator vendor phpunit laravel drupal joomla magento typo3 umbraco sitecore cfide coldfusion webdav remote +cscoe+ dana-na sslvpn vpn global-protect remote_agent onvif isapi hikvision doh dns-query stalker_portal c99 shell webshell eval luci setup.cgi level v2/_catalog containers/json server-status server-info debug/pprof _cat _nodes _all_dbs hudson .well-known/acme-challenge'.split(
    ' ',
  ),
);
const probeExtensions = new Set(
  'php asp aspx jsp jspx cgi cfm do action pl env bak old orig swp sql db sqlite ini conf cfg key pem rar 7z tar gz tgz zip exe sh log'.split(
    ' ',
  ),
);
const injected =
  /\$\{|<script|%00|union(\s|\+)+select|\bor\b\s+1\s*=\s*1|;\s*(cat|ls|wget|curl)\b|\betc\/passwd|win\.ini|\bphpinfo\b|jndi:|\bsleep\(/i;

function isPreflight(exchange: Exchange): boolean {
  if (exchange.method !== 'OPTIONS') return false;
  if (exchange.requestHeaders !== null) return hasHeader(exchange.requestHeaders, 'access-control-request-method');
  return exchange.status === null || exchange.status < 300 || exchange.status === 403 || exchange.status === 404 || exchange.status === 405;
}

function isAsset(decoded: readonly string[], segments: readonly Segment[]): boolean {
  const last = decoded.at(-1)?.toLowerCase() ?? '';
  if (decoded.length === 1 && assetNames.has(last)) return true;
  const file = splitExtension(last);
  if (file === null) return false;
  if (decoded.slice(0, 2).some((segment) => assetFolders.has(segment.toLowerCase()))) return true;
  // A file named by an id is a user's content behind the interface, not part of a page.
  return pageAssets.has(file.extension) && (segments.at(-1)?.shape === 'word' || decoded.length === 1);
}

/** Does this path look like a probe for somebody else's software? Meant for requests that were refused. */
export function looksLikeProbe(decoded: readonly string[]): boolean {
  const first = decoded[0]?.toLowerCase() ?? '';
  if (probeStarts.has(first) || probeStarts.has(decoded.slice(0, 2).join('/').toLowerCase())) return true;
  for (const segment of decoded) {
    if (
      /^\.(env|git|svn|hg|bzr|aws|ssh|docker|kube|npmrc|htaccess|htpasswd|ds_store|vscode|idea|config|bash_history|travis\.yml|circleci)/i.test(
        segment,
      )
    )
      return true;
    if (/^wp-[a-z-]+(\.php)?$/i.test(segment) || injected.test(segment) || /(^|[\\/])\.\.([\\/]|$)/.test(segment)) return true;
  }
  const last = decoded.at(-1) ?? '';
  const dot = last.lastIndexOf('.');
  if (dot >= 0 && probeExtensions.has(last.slice(dot + 1).toLowerCase())) return true;
  return (
    decoded.length === 1 &&
    /^(config|settings|credentials|secrets|composer|package|docker-compose|appsettings|web|backup|dump|database|phpinfo|info|test)\.(json|ya?ml|xml|config|txt|properties)$/i.test(
      last,
    )
  );
}

/** Why this message is no API call, judged alone; null when it may be one. A framework's own route name settles it. */
export function noiseOf(exchange: Exchange, path: SegmentedPath): NoiseReason | null {
  if (isPreflight(exchange)) return 'preflight';
  if (exchange.route !== null) return null;
  const { decoded, malformed, segments } = path;
  const refused = exchange.status !== null && exchange.status >= 400;
  if (refused && (malformed || looksLikeProbe(decoded))) return 'scanner';
  if (malformed) return 'malformed-path';
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return null;
  if (healthPaths.has(decoded.join('/').toLowerCase())) return 'health';
  if (isAsset(decoded, segments)) return 'static';
  const extension = splitExtension(decoded.at(-1) ?? '')?.extension.toLowerCase() ?? '';
  if (pageExtensions.has(extension)) return 'page';
  const type = header(exchange.responseHeaders, 'content-type') ?? exchange.responseBody?.mediaType ?? null;
  const isHtml = type !== null && /^(text\/html|application\/xhtml)/i.test(type.trim());
  if (!refused && isHtml) return 'page';
  if (decoded.length === 0 && (type === null || isHtml)) return 'page';
  return null;
}
