/** What gateway configurations in YAML or JSON have in common: several documents a file, syntax problems, one reading. */
import type { DeclarationFormat } from '../engine/evidence/declaration.ts';
import { DocumentNode } from './document-node.ts';
import { GatewayReading } from './gateway-reading.ts';
import type { Input, SourceItem } from './source.ts';
import { readStructuredMany, readWholeText } from './structured-document.ts';

/** Documents read of one file. */
const documentsMax = 5000;

export interface StructuredGateway {
  readonly format: DeclarationFormat;
  readonly title: string;
  /** Reads the documents of one file into `reading`; returns what was left out. */
  readDocuments(roots: readonly DocumentNode[], reading: GatewayReading): readonly SourceItem[];
}

export async function* readStructuredGateway(gateway: StructuredGateway, input: Input): AsyncGenerator<readonly SourceItem[]> {
  const text = await readWholeText(input);
  const files = readStructuredMany(text)
    .slice(0, documentsMax)
    .map((document) => ({ name: input.name, document }));
  const reading = new GatewayReading({ format: gateway.format, file: input.name, text, title: gateway.title });
  for (const file of files) reading.syntax(file);
  const leftOut = gateway.readDocuments(files.map(DocumentNode.root), reading);
  yield reading.apis().map((api) => ({ kind: 'declared-api', api }));
  for (let at = 0; at < leftOut.length; at += 1000) yield leftOut.slice(at, at + 1000);
}

/** A list of objects, or a map of them by name, as nodes with names. */
export function named(node: DocumentNode): { readonly name: string; readonly node: DocumentNode }[] {
  if (node.isMap) return node.members().map((member) => ({ name: member.key, node: member }));
  return node.items().map((item, at) => ({ name: item.child('name').text ?? item.child('id').text ?? String(at + 1), node: item }));
}
