/** TEC-27: a ceiling on what one call can cost. */
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { boundsBody } from './guard-enforcement.ts';
import { isInPath } from './guard-facts.ts';
import { isSpecification, operationMs, operationName } from './standing.ts';
import { failing, met, operationUnit, organisation, part, unknown } from './unit.ts';

/** Query parameters that page a list. */
const pagingWords = /^(limit|page|per_?page|page_?size|page\[size\]|size|first|top|\$top|count|max_?results|cursor|after|offset)$/i;

export function ceilings(facts: Facts): readonly UnitResult[] {
  const bodyBounds = new Set(
    facts.documents.flatMap((one) =>
      one.operations.filter((each) => each.bodyBytesMax !== null).map((each) => `${each.place.file}:${each.place.line ?? 0}`),
    ),
  );
  const gateway = facts.documents.some((one) => !isSpecification(one.format));
  const units = facts.operations.flatMap((operation): readonly UnitResult[] => {
    const name = operationUnit(operation.id);
    const proof = { evidence: [`operation:${operation.id}`], grade: 'configured', observedMs: operationMs(facts, operation) } as const;
    if (isList(operation)) {
      const paged = operation.queryNames.some((one) => pagingWords.test(one));
      if (paged)
        return [unknown(name, 'not-yet', `${operationName(operation)} is paged; that the page is capped takes a probe.`, proof.evidence)];
      return [failing(name, { ...proof, because: `${operationName(operation)} answers with a list and takes no page size.` })];
    }
    if (operation.method !== 'POST' && operation.method !== 'PUT' && operation.method !== 'PATCH') return [];
    const bounded = operation.declared.some((one) => bodyBounds.has(`${one.place.file}:${one.place.line ?? 0}`));
    if (bounded) return [met(name, { ...proof, because: `${operationName(operation)}: its gateway route bounds the request body.` })];
    const guarded = boundsBody(facts, operation);
    if (guarded !== null) return [guarded];
    return [
      unknown(name, gateway ? 'not-yet' : 'gateway', `No source shows a bound on the body of ${operationName(operation)}.`, proof.evidence),
    ];
  });
  return [...units, ...patience(facts)];
}

/** What runs and waits at once: shown by a guard in the path alone, and silent without one. */
function patience({ guard }: Facts): readonly UnitResult[] {
  if (guard === null || guard.alive === 0 || guard.policy === null || !isInPath(guard)) return [];
  const name = organisation('patience');
  const { overload, slow } = guard.policy;
  const proof = { evidence: ['source:guard'], grade: 'configured', observedMs: guard.heardMs } as const;
  const weak = [
    ...(overload === 'block' ? [] : ['what runs at once is not bounded']),
    ...(slow === 'block' ? [] : ['slow connections are not cut']),
  ];
  if (weak.length === 2) return [failing(name, { ...proof, because: `The guard waits without a bound: ${weak.join(', and ')}.` })];
  if (weak.length === 1) return [part(name, 0.5, { ...proof, because: `At the guard ${weak[0]}.` })];
  return [met(name, { ...proof, because: 'The guard bounds what runs at once, and cuts slow connections.' })];
}

function isList(operation: Operation): boolean {
  // One order holds a list of items; only the path that ends in a collection answers with one.
  if (operation.method !== 'GET' || operation.template.endsWith('}')) return false;
  const fields = [...operation.fieldsDeclared.response, ...(operation.fieldsSeen?.response ?? [])];
  return fields.some((field) => /^\$(\.(data|items|results|content|value|records))?\[\]/.test(field.path));
}
