/** All recognisers of attacks, in the order they are asked: the commonest attacks first, so that a hit ends the search early. */
import type { Recogniser } from './recogniser.ts';
import { batchScript } from './recognisers/batch-script.ts';
import { code } from './recognisers/code.ts';
import { command } from './recognisers/command.ts';
import { crlf } from './recognisers/crlf.ts';
import { deserialisation } from './recognisers/deserialisation.ts';
import { encoding } from './recognisers/encoding.ts';
import { fileInclusion } from './recognisers/file-inclusion.ts';
import { framingField } from './recognisers/framing-field.ts';
import { graphql } from './recognisers/graphql.ts';
import { javaClass } from './recognisers/java-class.ts';
import { jwt } from './recognisers/jwt.ts';
import { ldap } from './recognisers/ldap.ts';
import { lookup } from './recognisers/lookup.ts';
import { mail } from './recognisers/mail.ts';
import { nosql } from './recognisers/nosql.ts';
import { openRedirect } from './recognisers/open-redirect.ts';
import { phpCall } from './recognisers/php-call.ts';
import { prototypePollution } from './recognisers/prototype-pollution.ts';
import { scanner } from './recognisers/scanner.ts';
import { script } from './recognisers/script.ts';
import { scriptUpload } from './recognisers/script-upload.ts';
import { sensitiveFile } from './recognisers/sensitive-file.ts';
import { sql } from './recognisers/sql.ts';
import { ssi } from './recognisers/ssi.ts';
import { ssrf } from './recognisers/ssrf.ts';
import { template } from './recognisers/template.ts';
import { traversal } from './recognisers/traversal.ts';
import { xpath } from './recognisers/xpath.ts';
import { xxe } from './recognisers/xxe.ts';

export const recognisers: readonly Recogniser[] = [
  script,
  sql,
  traversal,
  nosql,
  template,
  lookup,
  command,
  batchScript,
  code,
  phpCall,
  javaClass,
  scriptUpload,
  fileInclusion,
  ssrf,
  xxe,
  ldap,
  xpath,
  mail,
  crlf,
  ssi,
  deserialisation,
  prototypePollution,
  openRedirect,
  encoding,
  framingField,
  graphql,
  jwt,
  scanner,
  sensitiveFile,
];
