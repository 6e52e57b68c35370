/** PRC-16 and PRC-17: one valid specification per service, free of security faults. */
import type { DeclaredApi } from '../evidence/declaration.ts';
import type { Facts, UnitResult } from './control.ts';
import { planKinds, planOf, planProof } from './plans.ts';
import { byService, count, documentMs, isSpecification, settingsMs } from './standing.ts';
import { documentUnit, failing, met, organisation, part, serviceUnit, unknown } from './unit.ts';

export function oneSpecification(facts: Facts): readonly UnitResult[] {
  const specifications = facts.documents.filter((document) => isSpecification(document.format));
  const services = [...byService(facts.operations)].map(([service, operations]): UnitResult => {
    const name = serviceUnit(service);
    if (specifications.length === 0) return unknown(name, 'specification', 'No specification is imported.');
    const own = specifications.filter((document) => document.service === service);
    const first = own[0];
    if (first === undefined) {
      return failing(name, {
        because: `${service} has ${count(operations.length, 'operation')} and no specification.`,
        evidence: [],
        grade: 'configured',
        observedMs: documentMs(facts, ''),
      });
    }
    const proof = {
      evidence: own.map((document) => `document:${document.digest}`),
      grade: 'configured',
      observedMs: documentMs(facts, first.place.file),
    } as const;
    if (operations.some((one) => one.drift.some((drift) => drift.kind === 'spec-rival'))) {
      return failing(name, { ...proof, because: `${count(own.length, 'specification')} of ${service} contradict each other.` });
    }
    const broken = first.findings.filter((finding) => finding.severity === 'critical' || finding.severity === 'high').length;
    if (broken > 0) return part(name, 0.5, { ...proof, because: `${first.place.file} has ${count(broken, 'serious fault')}.` });
    return met(name, { ...proof, because: `${first.place.file} describes ${service}.` });
  });
  return [...services, docsHome(facts)];
}

function docsHome(facts: Facts): UnitResult {
  const name = organisation('docs-home');
  const plan = planOf(facts, planKinds.documentation);
  if (plan !== null) return met(name, planProof(facts, planKinds.documentation, `API documents live at ${plan.location}.`));
  const answer = facts.settings.answers.sdlcAndDocs;
  const proof = { evidence: ['answer:sdlcAndDocs'], grade: 'attested', observedMs: settingsMs(facts) } as const;
  if (answer === 'both' || answer === 'docs-only')
    return met(name, { ...proof, because: 'You said that API documents have a home; stance.yaml does not name it yet.' });
  if (answer === 'sdlc-only' || answer === 'none') return failing(name, { ...proof, because: 'You said that API documents have no home.' });
  return unknown(name, 'settings', 'Nobody has said where API documents live.', answer === 'unknown' ? ['answer:sdlcAndDocs'] : []);
}

export function contractLint(facts: Facts): readonly UnitResult[] {
  const documents = facts.documents.filter((document) => document.format.startsWith('openapi')).map((document) => lintOf(facts, document));
  const gate =
    facts.settings.gate.new === null
      ? unknown(organisation('gate'), 'settings', 'stance.yaml sets no gate, and no pipeline reports one.')
      : met(organisation('gate'), {
          because: `The gate stops new findings of severity ${facts.settings.gate.new} and above.`,
          evidence: ['setting:gate'],
          grade: 'attested',
          observedMs: settingsMs(facts),
        });
  return documents.length === 0
    ? [unknown(organisation('contracts'), 'specification', 'No specification is imported.'), gate]
    : [...documents, gate];
}

function lintOf(facts: Facts, document: DeclaredApi): UnitResult {
  const silent = document.operations.filter((one) => one.security === null).length;
  const noErrors = document.operations.filter(
    (one) => one.statuses.length > 0 && !one.statuses.some((status) => /^(4|5|default)/i.test(status)),
  ).length;
  const ruled = document.findings.filter(
    (finding) => finding.controls.includes('PRC-17') && finding.severity !== 'info' && finding.severity !== 'low',
  );
  const faults = [
    ...(silent > 0 ? [`${count(silent, 'operation')} without a security requirement`] : []),
    ...(noErrors > 0 ? [`${count(noErrors, 'operation')} without error answers`] : []),
    ...(ruled.length > 0 ? [count(ruled.length, 'rule broken', 'rules broken')] : []),
  ];
  const proof = {
    evidence: [`document:${document.digest}`, ...ruled.slice(0, 3).map((finding) => `finding:${finding.id}`)],
    grade: 'configured',
    observedMs: documentMs(facts, document.place.file),
  } as const;
  if (document.operations.length === 0)
    return unknown(documentUnit(document.place.file), 'specification', `${document.place.file} declares no operation.`, proof.evidence);
  if (faults.length > 0)
    return failing(documentUnit(document.place.file), { ...proof, because: `${document.place.file}: ${faults.join(', ')}.` });
  return met(documentUnit(document.place.file), {
    ...proof,
    because: `${document.place.file}: ${count(document.operations.length, 'operation')}, no contract fault.`,
  });
}
