/** The inventory as CycloneDX 1.6 services (ECMA-424), for tools that keep bills of materials. */
import type { Operation } from '../operation.ts';

export function cyclonedxOf(operations: readonly Operation[], asOf: string): Record<string, unknown> {
  const services = new Map<string, Operation[]>();
  for (const operation of operations) services.set(operation.service, [...(services.get(operation.service) ?? []), operation]);
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { timestamp: asOf, tools: { components: [{ type: 'application', name: 'stance' }] } },
    services: [...services]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, members]) => {
        const judged = members.reduce((sum, operation) => sum + operation.auth.okJudged, 0);
        const without = members.reduce((sum, operation) => sum + operation.auth.okWithout, 0);
        return {
          'bom-ref': `service:${name}`,
          name,
          endpoints: [
            ...new Set(members.map((operation) => `https://${operation.hosts[0] ?? 'unknown.invalid'}${operation.template}`)),
          ].sort(),
          // Left out when nobody could tell: absent is "unknown" in CycloneDX.
          ...(judged === 0 ? {} : { authenticated: without === 0 }),
          ...(members.some((operation) => operation.audience !== null)
            ? {
                'x-trust-boundary': members.some(
                  (operation) => operation.audience?.value === 'public' || operation.audience?.value === 'partner',
                ),
              }
            : {}),
          properties: [
            { name: 'stance:operations', value: String(members.length) },
            { name: 'stance:shadow', value: String(members.filter((operation) => operation.state === 'shadow').length) },
            { name: 'stance:zombie', value: String(members.filter((operation) => operation.state === 'zombie').length) },
            { name: 'stance:owner', value: members.find((operation) => operation.owner !== null)?.owner?.value ?? 'unknown' },
          ],
        };
      }),
  };
}
