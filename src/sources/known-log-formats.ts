/** Formats of products whose lines a fixed log format describes: reading one more is adding its text here. */
import { type LineFormat, lineFormat } from './line-format.ts';
import { compiledParser, compileLogFormat } from './log-format.ts';

interface KnownLogFormat {
  readonly id: string;
  readonly title: string;
  /** The product's formats in nginx notation; names that are not nginx's are passed over. */
  readonly texts: readonly string[];
}

const known: readonly KnownLogFormat[] = [
  {
    id: 'nginx-proxy-manager',
    title: 'Nginx Proxy Manager',
    texts: [
      '[$time_local] $cache $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] [Sent-to $sent] "$http_user_agent" "$http_referer"',
      '[$time_local] $cache $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] "$http_user_agent" "$http_referer"',
      '[$time_local] $upstream_status $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] "$http_user_agent" "$http_referer"',
      '[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] [Sent-to $sent] "$http_user_agent" "$http_referer"',
      '[$time_local] $status - $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip] "$http_user_agent" "$http_referer"',
    ],
  },
  {
    id: 'npmplus',
    title: 'NPMplus',
    texts: ['[$time_local] $host $remote_addr $request_time "$request" $status $body_bytes_sent $sent $http_referer $http_user_agent'],
  },
  {
    id: 'zoraxy',
    title: 'Zoraxy',
    texts: [
      '$day $clock [$timestamp] [router:$router] [origin:$host] [client: $remote_addr] [useragent: $http_user_agent] $request_method $request_uri $status',
      '[$timestamp] [router:$router] [origin:$host] [client: $remote_addr] [useragent: $http_user_agent] $request_method $request_uri $status',
    ],
  },
  {
    id: 'aws-s3',
    title: 'Amazon S3 server access log',
    texts: [
      '$owner $bucket [$time_local] $remote_addr $remote_user $id $operation $key "$request" $status $error $bytes_sent $object_size $duration_ms $turnaround "$http_referer" "$http_user_agent" $version $host_id $signature $cipher $auth_type $host $ssl_protocol $rest',
      '$owner $bucket [$time_local] $remote_addr $remote_user $id $operation $key "$request" $status $error $bytes_sent $object_size $duration_ms $turnaround "$http_referer" "$http_user_agent" $rest',
    ],
  },
];

export const knownLogFormats: readonly LineFormat[] = known.map(({ id, title, texts }) => {
  const compiled = texts.map(compileLogFormat);
  return lineFormat({ id, title, parser: (options) => compiledParser(compiled, options), weight: 0.96, stateless: true });
});
