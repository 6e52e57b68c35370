/** The traffic formats, most specific first; a new one is added here and nowhere else. */
import { accessLogFormat } from './access-log.ts';
import { apiGatewayFormat } from './api-gateway-log.ts';
import { awsAlbFormat } from './aws-alb-log.ts';
import { cloudFrontFormat } from './cloudfront-log.ts';
import { delimitedLogFormat } from './delimited-log.ts';
import { envoyLogFormat } from './envoy-log.ts';
import { harFormat } from './har.ts';
import { iisEventFormat, iisLogFormat } from './iis-log.ts';
import { jsonLogFormat } from './json-log.ts';
import { knownLogFormats } from './known-log-formats.ts';
import type { LineFormat } from './line-format.ts';
import { logFormatFormat } from './log-format.ts';
import { mixedLogFormat } from './mixed-log.ts';
import { otlpJsonFormat } from './otlp.ts';
import type { SourceFormat } from './source.ts';
import { traefikLogFormat } from './traefik-log.ts';

const standaloneLineFormats: readonly LineFormat[] = [
  traefikLogFormat,
  apiGatewayFormat,
  ...knownLogFormats,
  awsAlbFormat,
  envoyLogFormat,
  iisEventFormat,
  jsonLogFormat,
  accessLogFormat,
];

export const trafficFormats: readonly SourceFormat[] = [
  harFormat,
  otlpJsonFormat,
  ...standaloneLineFormats,
  iisLogFormat,
  cloudFrontFormat,
  delimitedLogFormat,
  mixedLogFormat(standaloneLineFormats),
  logFormatFormat,
];
