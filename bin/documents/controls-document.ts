/** `docs/controls.md`: the catalogue as people read it, from the rows that are tested. */
import { catalogue } from '../../src/engine/controls/catalogue.ts';
import type { Control, ControlMapping, Pillar } from '../../src/engine/controls/control.ts';
import { frameworkTitles } from '../../src/engine/controls/mapping.ts';
import { model, severityWeight } from '../../src/engine/posture/weights.ts';

const pillars: readonly (readonly [Pillar, string])[] = [
  ['people', 'People'],
  ['processes', 'Processes'],
  ['technology', 'Technology'],
];

export function controlsDocument(): string {
  const tested = catalogue.filter((control) => control.test !== undefined).length;
  const weights = Object.entries(severityWeight).map(([severity, weight]) => `${severity} ${weight}`);
  const tables = pillars.map(([pillar, title]) => {
    const rows = catalogue.filter((control) => control.pillar === pillar);
    const list = rows.map(
      (control) =>
        `| [${control.id}](#${anchor(control)}) | ${control.title} | ${control.severity} | ${control.effort} | ${judged(control)} |`,
    );
    return `### ${title}\n\n| | Holds when | Severity | Effort | Judged by |\n|---|---|---|---|---|\n${list.join('\n')}\n`;
  });
  return `
# Controls

${catalogue.length} practices, model \`${model}\`. ${tested} are tested on evidence that the present sources bring; the others are unknown, or attested where a
signed statement counts, until their evidence can be read. Unknown is neither a pass nor a failure. Weights by severity:
${weights.join(', ')}; exposure and data level multiply them.

Framework ids say where a practice is asked for; "in part" means that meeting it meets part of that requirement, "supports"
that it helps. The texts are ours, not theirs.

## All at a glance

${tables.join('\n')}
## One by one
${catalogue.map(section).join('')}`;
}

function judged(control: Control): string {
  if (control.test !== undefined) return 'evidence';
  return control.attestation === null ? 'nothing yet' : 'attestation';
}

function anchor(control: Control): string {
  return `${control.id} ${control.title}`
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');
}

function section(control: Control): string {
  const { evidence, attestation, prerequisites, remedy } = control;
  const lines = [
    control.intent,
    '',
    `- **Passes when:** ${control.passRule}`,
    evidence === null
      ? '- **Evidence:** none that a source brings yet.'
      : `- **Evidence:** ${evidence.text} At most ${age(evidence.ageHoursMax)} old.`,
    attestation === null
      ? '- **A signature counts:** no.'
      : `- **A signature counts:** ${attestation.text}, for ${attestation.validDays} days.`,
    ...(prerequisites.length === 0 ? [] : [`- **After:** ${prerequisites.join(', ')}.`]),
    `- **Remedy:** ${remedy.text} Done when ${remedy.doneWhen}. Undo: ${remedy.undo}`,
    ...mappings(control),
  ];
  return `\n### ${control.id} ${control.title}\n\n${lines.join('\n')}\n`;
}

function age(hours: number): string {
  return hours % 24 === 0 && hours > 24 ? `${hours / 24} days` : `${hours} hours`;
}

function mappings(control: Control): readonly string[] {
  const byFramework = new Map<ControlMapping['framework'], string[]>();
  for (const { framework, id, relation } of control.mappings) {
    const ids = byFramework.get(framework) ?? [];
    ids.push(relation === 'supports' ? id : `${id} (${relation === 'part' ? 'in part' : 'whole'})`);
    byFramework.set(framework, ids);
  }
  if (byFramework.size === 0) return [];
  return [
    `- **Asked for by:** ${[...byFramework].map(([framework, ids]) => `${frameworkTitles[framework]} ${ids.join(', ')}`).join('; ')}.`,
  ];
}
