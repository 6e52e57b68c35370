/** Every format that declares: documents, gateway configuration, settings and ownership. */
import { openapi } from './openapi.ts';
import type { SourceFormat } from './source.ts';

export const declaredFormats: readonly SourceFormat[] = [openapi];
