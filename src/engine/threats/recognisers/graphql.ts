/**
 * GraphQL abuse, read from the document's tokens: depth, aliases, directives and batches without measure, fragments that name
 * themselves, and documents sent where none belongs. Introspection alone is only worth a note.
 */
import { type Place, type Recogniser, type Recognition, type Sample, sign } from '../recogniser.ts';
import { readDocument } from './graphql-document.ts';

/** Levels of selection. Large real operations reach about fifteen. */
const DEPTH_MAX = 25;
/** The same field under this many names within one selection: what guessing by batch looks like. */
const ALIASES_MAX = 30;
/** Directives on one field. */
const DIRECTIVES_MAX = 10;
/** The same field repeated in one selection. */
const REPEATS_MAX = 100;
/** Operations in one document. */
const OPERATIONS_MAX = 20;

export const graphql: Recogniser = {
  category: 'graphql',
  signs: sign.brace,
  recognise(sample: Sample, place: Place): Recognition | null {
    const { text } = sample;
    const isDeclared = place.kind === 'graphql';
    if (
      !isDeclared &&
      !/^[\s,]{0,200}(?:#[^\n]{0,400}\n[\s,]{0,200}){0,8}(?:\{\s{0,200}[_a-z]|(?:query|mutation|subscription|fragment)\b[^{]{0,2000}\{)/i.test(
        text,
      )
    )
      return null;
    const read = readDocument(text);
    if (read === null) return null;
    if (read.isCircular) return { rule: 'circular-fragment', confidence: 0.95, reason: 'has fragments that contain themselves' };
    if (read.depth > DEPTH_MAX) return { rule: 'depth', confidence: 0.85, reason: `selects deeper than ${DEPTH_MAX} levels` };
    if (read.directives > DIRECTIVES_MAX)
      return { rule: 'directives', confidence: 0.9, reason: `puts more than ${DIRECTIVES_MAX} directives on one field` };
    if (read.aliases > ALIASES_MAX)
      return { rule: 'aliases', confidence: 0.85, reason: `asks for one field under more than ${ALIASES_MAX} names` };
    if (read.repeats > REPEATS_MAX)
      return { rule: 'repeats', confidence: 0.85, reason: `asks for one field more than ${REPEATS_MAX} times` };
    if (read.operations > OPERATIONS_MAX)
      return { rule: 'operations', confidence: 0.7, reason: `holds more than ${OPERATIONS_MAX} operations` };
    if (read.hasOperatorText) return { rule: 'argument-query', confidence: 0.7, reason: 'passes a database query inside an argument' };
    if (read.isIntrospection) {
      // As a bare name, a form field or a header the document comes from a probe, not from a client of the API.
      const isStray = !isDeclared && place.where !== 'raw-body' && place.where !== 'body' && !/query|document/i.test(place.name);
      const isBare = !isDeclared && place.where === 'raw-body';
      return isStray
        ? { rule: 'stray-introspection', confidence: 0.7, reason: 'asks for the whole schema where no document belongs' }
        : { rule: 'introspection', confidence: isBare ? 0.55 : 0.3, reason: 'asks for the whole schema' };
    }
    return null;
  },
};
