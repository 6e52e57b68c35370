/** Framework ids of a control, written on one line and read into rows. Ids stay text: `5.10` is not `5.1`. */
import { assert } from '../assert.ts';
import type { ControlMapping } from './control.ts';

/** Versions the ids were checked against. */
export const frameworks: Readonly<Record<string, ControlMapping['framework']>> = {
  C: 'cis-8.1',
  I: 'iso-27001-2022',
  N: 'nycrr-500-2023',
  O: 'owasp-api-2023',
  S: 'ssdf-1.1',
  F: 'csf-2.0',
  P: 'pci-4.0.1',
};

export const frameworkTitles: Readonly<Record<ControlMapping['framework'], string>> = {
  'cis-8.1': 'CIS Controls 8.1',
  'iso-27001-2022': 'ISO/IEC 27001:2022',
  'nycrr-500-2023': '23 NYCRR 500 (2023)',
  'owasp-api-2023': 'OWASP API Security Top 10 2023',
  'ssdf-1.1': 'NIST SSDF 1.1',
  'csf-2.0': 'NIST CSF 2.0',
  'pci-4.0.1': 'PCI DSS 4.0.1',
};

/**
 * Reads `I *5.2 5.4 | N 500.4(a)`: a letter per framework, then its ids; `*` marks an id the control meets in part, any
 * other only supports it. Nothing is marked `equal`: no rule of ours is the whole of theirs.
 */
export function mapped(line: string): readonly ControlMapping[] {
  return line.split(' | ').flatMap((part) => {
    const [letter = '', ...ids] = part.split(' ');
    const framework = frameworks[letter];
    assert(framework !== undefined && ids.length > 0, `mapping \`${part}\` names a framework and ids`);
    return ids.map(
      (id): ControlMapping =>
        id.startsWith('*') ? { framework, id: id.slice(1), relation: 'part' } : { framework, id, relation: 'supports' },
    );
  });
}
