/** TEC-14: calls are encrypted on the way. */
import type { Operation } from '../inventory/operation.ts';
import type { Facts, UnitResult } from './control.ts';
import { lowerBound95, sampleMin } from './sample.ts';
import { count, documentMs, operationName } from './standing.ts';
import { failing, met, operationUnit, unknown } from './unit.ts';

/** Surely encrypted share that passes; the sample decides how many calls that takes. */
const encryptedMin = 0.95;

export function transport(facts: Facts): readonly UnitResult[] {
  const routes = tlsRoutes(facts);
  return facts.operations.map((operation): UnitResult => {
    const name = operationUnit(operation.id);
    const what = operationName(operation);
    const evidence = [`operation:${operation.id}`];
    const calls = operation.traffic?.count ?? 0;
    // A plain call that is only sent on to https carries no data back; it is told apart by its answer.
    const redirected = operation.traffic?.statusMix['3xx'] ?? 0;
    if (operation.plainHttp > redirected) {
      return failing(name, {
        because: `${what}: ${count(operation.plainHttp, 'call')} of ${calls.toLocaleString('en-US')} over plain HTTP.`,
        evidence,
        grade: 'observed',
        observedMs: operation.traffic?.lastMs ?? null,
      });
    }
    const overTls = operation.overTls ?? 0;
    if (overTls >= sampleMin && lowerBound95(overTls, overTls + operation.plainHttp) >= encryptedMin) {
      return met(name, {
        because: `${what}: ${count(overTls, 'call')} over TLS.`,
        evidence,
        grade: 'observed',
        observedMs: operation.traffic?.lastMs ?? null,
      });
    }
    const route = routeOf(routes, operation);
    if (route === false)
      return failing(name, {
        because: `${what}: its gateway route takes plain HTTP.`,
        evidence,
        grade: 'configured',
        observedMs: documentMs(facts, ''),
      });
    if (route === true && operation.plainHttp === 0) {
      return met(name, {
        because: `${what}: its gateway route demands TLS.`,
        evidence,
        grade: 'configured',
        observedMs: documentMs(facts, ''),
      });
    }
    return unknown(
      name,
      overTls > 0 ? 'time' : 'credentials',
      overTls > 0
        ? `Only ${count(overTls, 'call')} known to be over TLS; ${sampleMin} are needed.`
        : 'No source shows the scheme of these calls.',
      evidence,
    );
  });
}

/** TLS demanded by declared gateway routes, by file and line. */
function tlsRoutes(facts: Facts): ReadonlyMap<string, boolean> {
  const routes = new Map<string, boolean>();
  for (const document of facts.documents) {
    for (const operation of document.operations)
      if (operation.tlsRequired !== null) routes.set(placeKey(operation.place), operation.tlsRequired);
  }
  return routes;
}

/** True when every route that serves the operation demands TLS, false when one does not, null when none says. */
function routeOf(routes: ReadonlyMap<string, boolean>, operation: Operation): boolean | null {
  const said = operation.declared.flatMap((one) => {
    const required = routes.get(placeKey(one.place));
    return required === undefined ? [] : [required];
  });
  return said.length === 0 ? null : said.every((one) => one);
}

function placeKey(place: { readonly file: string; readonly line: number | null }): string {
  return `${place.file}:${place.line ?? 0}`;
}
