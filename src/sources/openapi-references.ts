/** Looks at every `$ref` of a document once, whether an operation uses it or not, and reports those that lead nowhere. */
import { DocumentNode } from './document-node.ts';
import { counted, type FindingList, type FindingRule } from './finding-list.ts';
import type { OpenapiFiles, ReferenceTrouble } from './openapi-files.ts';
import { openapiRules } from './openapi-rules.ts';

/** Nesting below this is not searched. */
const depthMax = 120;

const ruleOf: Readonly<Record<ReferenceTrouble, FindingRule>> = {
  dangling: openapiRules.dangling,
  cycle: openapiRules.cycle,
  remote: openapiRules.remote,
  unreadable: openapiRules.unreadable,
};

/** Members that hold values of the API rather than parts of the document: a `$ref` in there is data. */
const valueMembers: ReadonlySet<string> = new Set(['example', 'default', 'enum', 'const', 'value', 'dataValue', 'serializedValue']);

/** Reports every reference that cannot be followed; one finding a target. Collects anchors on the way. */
export function checkReferences(files: OpenapiFiles, findings: FindingList): void {
  const suspects: DocumentNode[] = [];
  const seen = new Set<object>();
  const at: WalkStep = { depth: 0, isNameMap: false };
  collect(DocumentNode.root(files.root), { files, suspects, seen }, at);
  for (const file of files.others) collect(DocumentNode.root(file), { files, suspects, seen }, at);
  for (const node of suspects) {
    const { trouble, reference } = files.resolve(node);
    if (trouble === null || reference === null) continue;
    const target = targetOf(trouble, reference);
    findings.add(ruleOf[trouble], {
      cause: target,
      detail: (count) => `${counted(count, 'reference')} to \`${target}\` ${trouble === 'cycle' ? 'never end' : 'cannot be followed'}.`,
      place: () => ({ ...node.child('$ref').place, operation: null }),
    });
  }
}

/** What is missing: the file as a whole where that cannot be read, else the part named. */
function targetOf(trouble: ReferenceTrouble, reference: string): string {
  const isWhole = trouble === 'unreadable' || trouble === 'remote';
  return (isWhole ? reference.replace(/#.*$/s, '') : reference).slice(0, 200);
}

/** What one search shares. */
interface Walk {
  readonly files: OpenapiFiles;
  /** References that lead nowhere as far as was read. */
  readonly suspects: DocumentNode[];
  readonly seen: Set<object>;
}

interface WalkStep {
  readonly depth: number;
  /** The keys of this map are names that people chose. */
  readonly isNameMap: boolean;
}

function collect(node: DocumentNode, walk: Walk, { depth, isNameMap }: WalkStep): void {
  const { value } = node;
  if (value === null || typeof value !== 'object' || depth > depthMax || walk.seen.has(value)) return;
  walk.seen.add(value);
  const parts: WalkStep = { depth: depth + 1, isNameMap: false };
  const names: WalkStep = { depth: depth + 1, isNameMap: true };
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (item !== null && typeof item === 'object') collect(node.child(String(index)), walk, parts);
    return;
  }
  const record = value as Readonly<Record<string, unknown>>;
  // What can be followed already needs no second look; an anchor may only be met further on.
  if (!isNameMap && typeof record.$ref === 'string' && walk.files.resolve(node).trouble !== null) walk.suspects.push(node);
  if (!isNameMap && typeof record.$anchor === 'string') walk.files.addAnchor(node, record.$anchor);
  for (const key of Object.keys(record)) {
    const member = record[key];
    if (member === null || typeof member !== 'object') continue;
    // Under `properties` and `schemas` keys are names that people chose, so `default` there is a part like any other.
    if (!isNameMap && (valueMembers.has(key) || key.startsWith('x-') || (key === 'examples' && Array.isArray(member)))) continue;
    collect(node.child(key), walk, !isNameMap && nameMaps.has(key) ? names : parts);
  }
}

const nameMaps: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'schemas',
  'definitions',
  '$defs',
  'responses',
  'parameters',
  'requestBodies',
  'headers',
  'examples',
  'paths',
]);
