/** The traffic formats, most specific first; a new one is added here and nowhere else. */
import { accessLogFormat } from './access-log.ts';
import { jsonLogFormat } from './json-log.ts';
import type { SourceFormat } from './source.ts';

export const trafficFormats: readonly SourceFormat[] = [jsonLogFormat, accessLogFormat];
