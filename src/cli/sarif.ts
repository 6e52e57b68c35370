/** Findings as SARIF 2.1.0, as code hosts read it. */
import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import type { Finding } from '../engine/evidence/finding.ts';
import type { CheckItem } from './spec-judgement.ts';

/** GitHub keeps 5,000 results of a run and may keep the wrong ones: the worst come first, the rest is left out. */
const resultsMax = 5_000;

const levels: Readonly<Record<Finding['severity'], string>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};
/** What GitHub sorts security findings by, 0 to 10. */
const ranks: Readonly<Record<Finding['severity'], string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '1.0' };

export function sarifOf(items: readonly CheckItem[], version: string): object {
  const shown = items.slice(0, resultsMax);
  const rules = [...new Map(shown.map(({ finding }) => [finding.rule, finding])).values()];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'Stance',
            version,
            rules: rules.map((finding) => ({
              id: finding.rule,
              shortDescription: { text: finding.title },
              help: { text: finding.fix },
              defaultConfiguration: { level: levels[finding.severity] },
              properties: { 'security-severity': ranks[finding.severity], tags: ['security', ...finding.controls] },
            })),
          },
        },
        results: shown.map((item) => ({
          ruleId: item.finding.rule,
          ruleIndex: rules.findIndex(({ rule }) => rule === item.finding.rule),
          level: levels[item.finding.severity],
          message: { text: messageOf(item) },
          locations: locationsOf(item),
          partialFingerprints: { 'stance/v1': createHash('sha256').update(item.key).digest('hex').slice(0, 32) },
          baselineState: item.status === 'new' ? 'new' : 'unchanged',
          ...(item.status === 'waived' ? { suppressions: [{ kind: 'external', justification: 'waived in stance.yaml' }] } : {}),
        })),
      },
    ],
  };
}

export function messageOf({ finding, place }: Pick<CheckItem, 'finding' | 'place'>): string {
  return `${place.operation === null ? '' : `${place.operation}: `}${finding.title}. ${finding.detail}`;
}

function locationsOf({ place }: CheckItem): object[] {
  if (place.file === null) return [];
  const file = isAbsolute(place.file) ? relative(process.cwd(), place.file) : place.file;
  const uri = encodeURI(file.replaceAll('\\', '/').replace(/^\.\//, ''));
  return [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: place.line ?? 1 } } }];
}
