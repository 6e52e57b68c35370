/** Response schemas every route of the API can answer with beside its own. */
import { z } from 'zod';
import { problem } from './contract.ts';

const fault = {
  description: 'What failed, what stayed unchanged, what to do next',
  content: { 'application/problem+json': { schema: problem } },
};

/** `answered(schema)` documents the good answer and the problem any of them may be instead. */
export function answered<T>(good: T) {
  return { 200: good, '4xx': fault, '5xx': fault } as const;
}

/** An answer that is no JSON: a download, a stream. */
export function answeredAs(mediaType: string, description: string) {
  return { 200: { description, content: { [mediaType]: { schema: z.string() } } }, '4xx': fault, '5xx': fault };
}
