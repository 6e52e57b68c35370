/** Every format that declares: documents, gateway configuration, settings and ownership. */
import { apisixConfig } from './apisix-config.ts';
import { codeowners } from './codeowners.ts';
import { envoyConfig } from './envoy-config.ts';
import { kongDeclarative } from './kong-declarative.ts';
import { gatewayApi, kubernetesIngress } from './kubernetes-routes.ts';
import { nginxConf } from './nginx-conf.ts';
import { openapi } from './openapi.ts';
import { postman } from './postman.ts';
import type { SourceFormat } from './source.ts';
import { stanceYaml } from './stance-yaml.ts';
import { traefikConfig } from './traefik-config.ts';

export const declaredFormats: readonly SourceFormat[] = [
  openapi,
  postman,
  nginxConf,
  kongDeclarative,
  kubernetesIngress,
  gatewayApi,
  envoyConfig,
  traefikConfig,
  apisixConfig,
  stanceYaml,
  codeowners,
];
