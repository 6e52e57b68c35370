/**
 * The objects of OpenAPI 2.0 and 3.x with their members, as data. The members of 3.0, 3.1 and 3.2 stand together: a
 * reader loses nothing by a member that came a version later, so none is reported for that.
 */

/** What a member holds: a plain type, an object kind, a list (`[Kind]`) or a map by name (`{Kind}`) of them. */
export type Shape = string;

export interface ObjectKind {
  /** Members by name; those with `!` must be there. Names are parted by spaces where they share a shape. */
  readonly members: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
  /** The shape of every member that is not named: for objects that are maps by path or status. */
  readonly others: Shape | null;
}

export type Grammar = Readonly<Record<string, ObjectKind>>;

/** `{ 'title! summary': 'text' }` spelled out. */
function kind(spelled: Readonly<Record<string, Shape>>, others: Shape | null = null): ObjectKind {
  const members: Record<string, Shape> = {};
  const required: string[] = [];
  for (const [names, shape] of Object.entries(spelled)) {
    for (const name of names.split(' ')) {
      const plain = name.replace('!', '');
      members[plain] = shape;
      if (plain !== name) required.push(plain);
    }
  }
  return { members, required, others };
}

const shared = {
  Contact: kind({ 'name url email': 'text' }),
  License: kind({ 'name!': 'text', 'url identifier': 'text' }),
  ExternalDocs: kind({ 'url!': 'text', description: 'text' }),
  Tag: kind({ 'name!': 'text', 'description summary parent kind': 'text', externalDocs: 'ExternalDocs' }),
  Security: kind({}, '[text]'),
} as const;

const schemaMembers: Readonly<Record<string, Shape>> = {
  'properties patternProperties definitions $defs dependentSchemas': '{Schema}',
  'items not if then else contains propertyNames additionalProperties unevaluatedProperties': 'Schema',
  'allOf anyOf oneOf prefixItems': '[Schema]',
  required: '[text]',
  enum: '[any]',
  'title description format pattern': 'text',
  'maxLength minLength maxItems minItems maximum minimum multipleOf maxProperties minProperties': 'number',
  externalDocs: 'ExternalDocs',
};

export const grammar3: Grammar = {
  ...shared,
  Document: kind({
    'openapi! jsonSchemaDialect $self': 'text',
    'info!': 'Info',
    servers: '[Server]',
    paths: 'Paths',
    webhooks: '{PathItem}',
    components: 'Components',
    security: '[Security]',
    tags: '[Tag]',
    externalDocs: 'ExternalDocs',
  }),
  Info: kind({ 'title! version!': 'text', 'summary description termsOfService': 'text', contact: 'Contact', license: 'License' }),
  Server: kind({ 'url!': 'text', 'description name': 'text', variables: '{ServerVariable}' }),
  ServerVariable: kind({ 'default!': 'scalar', description: 'text', enum: '[scalar]' }),
  Components: kind({
    schemas: '{Schema}',
    responses: '{Response}',
    parameters: '{Parameter}',
    examples: '{Example}',
    requestBodies: '{RequestBody}',
    headers: '{Header}',
    securitySchemes: '{SecurityScheme}',
    links: '{Link}',
    callbacks: '{Callback}',
    pathItems: '{PathItem}',
    mediaTypes: '{MediaType}',
  }),
  Paths: kind({}, 'PathItem'),
  PathItem: kind({
    'summary description': 'text',
    'get put post delete options head patch trace query': 'Operation',
    additionalOperations: '{Operation}',
    servers: '[Server]',
    parameters: '[Parameter]',
  }),
  Operation: kind({
    tags: '[text]',
    'summary description operationId': 'text',
    externalDocs: 'ExternalDocs',
    parameters: '[Parameter]',
    requestBody: 'RequestBody',
    responses: 'Responses',
    callbacks: '{Callback}',
    deprecated: 'bool',
    security: '[Security]',
    servers: '[Server]',
  }),
  Parameter: kind({
    'name! in!': 'text',
    'description style': 'text',
    'required deprecated allowEmptyValue explode allowReserved': 'bool',
    schema: 'Schema',
    example: 'any',
    examples: '{Example}',
    content: '{MediaType}',
  }),
  Header: kind({
    'description style': 'text',
    'required deprecated allowEmptyValue explode allowReserved': 'bool',
    schema: 'Schema',
    example: 'any',
    examples: '{Example}',
    content: '{MediaType}',
  }),
  RequestBody: kind({ description: 'text', 'content!': '{MediaType}', required: 'bool' }),
  MediaType: kind({
    'schema itemSchema': 'Schema',
    example: 'any',
    examples: '{Example}',
    encoding: '{Encoding}',
    prefixEncoding: '[Encoding]',
    itemEncoding: 'Encoding',
    description: 'text',
  }),
  Encoding: kind({
    'contentType style': 'text',
    headers: '{Header}',
    'explode allowReserved': 'bool',
    encoding: '{Encoding}',
    prefixEncoding: '[Encoding]',
    itemEncoding: 'Encoding',
  }),
  Responses: kind({}, 'Response'),
  Response: kind({ 'description summary': 'text', headers: '{Header}', content: '{MediaType}', links: '{Link}' }),
  Callback: kind({}, 'PathItem'),
  Example: kind({ 'summary description externalValue serializedValue': 'text', 'value dataValue': 'any' }),
  Link: kind({ 'operationRef operationId description': 'text', parameters: '{any}', requestBody: 'any', server: 'Server' }),
  SecurityScheme: kind({
    'type!': 'text',
    'description name in scheme bearerFormat openIdConnectUrl oauth2MetadataUrl': 'text',
    flows: 'OauthFlows',
    deprecated: 'bool',
  }),
  OauthFlows: kind({ 'implicit password clientCredentials authorizationCode deviceAuthorization': 'OauthFlow' }),
  OauthFlow: kind({ 'authorizationUrl tokenUrl refreshUrl deviceAuthorizationUrl': 'text', 'scopes!': '{any}' }),
  Schema: kind(schemaMembers, 'any'),
};

const swaggerItem: Readonly<Record<string, Shape>> = {
  'type format collectionFormat pattern': 'text',
  items: 'Schema',
  'default example': 'any',
  'maximum minimum maxLength minLength maxItems minItems multipleOf': 'number',
  'exclusiveMaximum exclusiveMinimum uniqueItems': 'bool',
  enum: '[any]',
};

export const grammar2: Grammar = {
  ...shared,
  Document: kind({
    'swagger!': 'scalar',
    'info!': 'Info',
    'host basePath': 'text',
    'schemes consumes produces': '[text]',
    'paths!': 'Paths',
    definitions: '{Schema}',
    parameters: '{Parameter}',
    responses: '{Response}',
    securityDefinitions: '{SecurityScheme}',
    security: '[Security]',
    tags: '[Tag]',
    externalDocs: 'ExternalDocs',
  }),
  Info: kind({ 'title! version!': 'text', 'description termsOfService': 'text', contact: 'Contact', license: 'License' }),
  Paths: kind({}, 'PathItem'),
  PathItem: kind({ 'get put post delete options head patch': 'Operation', parameters: '[Parameter]' }),
  Operation: kind({
    'tags consumes produces schemes': '[text]',
    'summary description operationId': 'text',
    externalDocs: 'ExternalDocs',
    parameters: '[Parameter]',
    'responses!': 'Responses',
    deprecated: 'bool',
    security: '[Security]',
  }),
  Parameter: kind({ 'name! in!': 'text', description: 'text', 'required allowEmptyValue': 'bool', schema: 'Schema', ...swaggerItem }),
  Responses: kind({}, 'Response'),
  Response: kind({ 'description!': 'text', schema: 'Schema', headers: '{Header}', examples: '{any}' }),
  Header: kind({ description: 'text', ...swaggerItem }),
  SecurityScheme: kind({ 'type!': 'text', 'description name in flow authorizationUrl tokenUrl': 'text', scopes: '{any}' }),
  Schema: kind(schemaMembers, 'any'),
};
