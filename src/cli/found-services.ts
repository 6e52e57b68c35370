/** What is found out about each service before anybody declares it: its hosts, base paths, specs, and who seems to answer for it. */
import type { DeclaredApi } from '../engine/evidence/declaration.ts';
import type { Operation } from '../engine/inventory/operation.ts';
import { type OwnerRule, ownersOfPath } from '../engine/inventory/owner-pattern.ts';
import type { FoundService } from '../sources/stance-init.ts';

export interface ServiceTraces {
  readonly operations: readonly Pick<Operation, 'service' | 'hosts' | 'owner' | 'declared'>[];
  readonly documents: readonly Pick<DeclaredApi, 'place' | 'basePaths'>[];
  /** Spec files of the project, relative to it; only these are named. */
  readonly specs: readonly string[];
  /** Rules of the project's CODEOWNERS, in its order. */
  readonly ownerRules: readonly OwnerRule[];
}

interface Trace {
  readonly hosts: Set<string>;
  readonly specs: Set<string>;
  owner: string | null;
}

type FoundHosts = Pick<FoundService, 'name' | 'hosts'>;

/** One entry a service, in the order met. The owner is that of a spec's file, else what the inventory found. */
export function foundServices({ operations, documents, specs, ownerRules }: ServiceTraces): FoundService[] {
  const known = new Set(specs);
  const traces = new Map<string, Trace>();
  for (const { service, hosts, owner, declared } of operations) {
    const trace = traces.get(service) ?? { hosts: new Set(), specs: new Set(), owner: null };
    traces.set(service, trace);
    for (const host of hosts) trace.hosts.add(host);
    for (const { place } of declared) if (known.has(plain(place.file))) trace.specs.add(plain(place.file));
    trace.owner ??= owner?.value ?? null;
  }
  const basesOfFile = new Map(documents.map(({ place, basePaths }) => [plain(place.file), basePaths]));
  const services = [...traces].map(([name, { hosts, specs: files, owner }]) => ({
    name,
    hosts: [...hosts].sort(),
    specs: [...files].sort(),
    owner: [...files].flatMap((file) => ownersOfPath(ownerRules, file)).at(0) ?? owner,
    bases: [...new Set([...files].flatMap((file) => basesOfFile.get(file) ?? []))].sort(),
  }));
  const besides = ({ name, hosts }: FoundHosts) =>
    services.filter((other) => other.name !== name && other.hosts.some((host) => hosts.includes(host)));
  // What is left over on a host that others answer on is no API to be declared; its calls are theirs to be given to.
  const isRest = (service: FoundHosts) => service.hosts.includes(service.name) && besides(service).length > 0;
  return services
    .filter((service) => !isRest(service))
    .map(({ bases, ...service }) => {
      const beside = besides(service);
      // Base paths tell a service apart only where another one shares its host and none of them.
      const tells = beside.length > 0 && !bases.some((base) => base === '/' || beside.some((other) => other.bases.includes(base)));
      return { ...service, paths: tells ? bases : [] };
    });
}

function plain(file: string): string {
  return file.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}
