/** Path statistics and learned templates from lines of text, for tests. */
import { emptyExchange } from '../../http/exchange.ts';
import { segmentPath } from '../../http/segment.ts';
import { PathStats } from '../aggregate.ts';
import { noiseOf } from '../noise.ts';
import type { PathStat } from '../path-stat.ts';
import type { KnownTemplate, TemplateDecision } from '../template.ts';
import { type LearnOptions, learnTemplates } from './learn.ts';

const fingerprint = (purpose: string, value: string): string => `${purpose}:${value}`;

/** `GET /a/b 404 x3`: method (GET), path, status (200), times (1). */
export function statsOf(lines: readonly string[], responseFields: readonly string[] = []): PathStat[] {
  const stats = new PathStats();
  for (const line of lines) {
    const match = /^(?:([A-Z]+) )?(\S+)(?: (\d{3}))?(?: x(\d+))?$/.exec(line);
    const path = match?.[2] ?? line;
    const method = match?.[1] ?? 'GET';
    const status = Number(match?.[3] ?? 200);
    const segmented = segmentPath(path, fingerprint);
    const { segments, oddSpelling } = segmented;
    for (let i = 0; i < Number(match?.[4] ?? 1); i++) {
      stats.add('shop', {
        atMs: 0,
        method,
        scheme: null,
        host: null,
        service: null,
        environment: null,
        segments,
        oddSpelling,
        queryNames: [],
        status,
        durationMs: null,
        requestBytes: null,
        responseBytes: null,
        client: null,
        principal: null,
        agent: null,
        auth: 'unknown',
        credentialInUrl: false,
        route: null,
        responseType: null,
        tlsVersion: null,
        requestFields: null,
        responseFields: responseFields.length === 0 ? null : responseFields.map((field) => ({ path: field, type: 'string' as const })),
        segmentEchoes: null,
        deprecation: null,
        sunset: null,
        graphql: null,
        noise: noiseOf({ ...emptyExchange, method, path, status }, segmented),
        line: 1,
      });
    }
  }
  return stats.list();
}

export function templatesOf(
  lines: readonly string[],
  known: readonly KnownTemplate[] = [],
  decisions: readonly TemplateDecision[] = [],
  options: LearnOptions = {},
): string[] {
  return learnTemplates(statsOf(lines), known, decisions, options).templates.map((template) => `${template.method} ${template.template}`);
}
