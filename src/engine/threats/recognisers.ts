/** All recognisers of attacks, in the order they are asked. */
import type { Recogniser } from './recogniser.ts';

export const recognisers: readonly Recogniser[] = [];
