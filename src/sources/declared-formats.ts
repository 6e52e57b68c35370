/** Every format that declares: documents, gateway configuration, settings and ownership. */
import { codeowners } from './codeowners.ts';
import { openapi } from './openapi.ts';
import type { SourceFormat } from './source.ts';
import { stanceYaml } from './stance-yaml.ts';

export const declaredFormats: readonly SourceFormat[] = [openapi, stanceYaml, codeowners];
