import { describe, expect, it } from 'vitest';
import { openapi } from './openapi.ts';
import { readText } from './read-text.fixture.ts';

async function found(text: string): Promise<string[]> {
  const { api } = await readText(openapi, { name: 'a.yaml', text });
  const about = api.findings.filter(({ rule }) => rule.startsWith('spec.'));
  return about.map(({ rule, detail, places }) => `${rule.slice(5)} ${places.map(({ line }) => line).join()}: ${detail}`);
}

describe('openapi structure', () => {
  it('reports members of a wrong type, missing ones and unknown ones, each with its lines', async () => {
    const text = `openapi: 3.0.3
info: {title: t, version: '1', logo: x}
tags: {name: a}
paths:
  /a:
    get: [not, an, operation]
    post:
      parameters: [{name: q}, plain]
      requestBody: {required: yes, content: {application/json: {examples: [1]}}}
      responses: {200: {description: ok}}
      x-anything: goes
`;
    expect(await found(text)).toEqual([
      'unknown-field 2: 1 Info object has a member `logo`.',
      'structure 3: 1 place where Document.tags is not a list.',
      'structure 6: 1 place where PathItem.get is not a map.',
      'structure 8: 1 Parameter object has no `in`, which must be there.',
      'structure 8: 1 place where Parameter is not a map.',
      'structure 9: 1 place where RequestBody.required is not true or false.',
      'structure 9: 1 place where MediaType.examples is not a map.',
    ]);
  });

  it('takes members of Swagger 2.0 in a later document for one cause', async () => {
    const text = `openapi: 3.0.3
info: {title: t, version: '1'}
host: a.example
paths:
  /a:
    get:
      produces: [application/json]
      parameters: [{name: q, in: query, type: string}]
      responses: {200: {description: ok, schema: {type: string}}}
`;
    expect(await found(text)).toEqual(['older-version-member 3,7,8,9: 4 places, such as `host` in Document.']);
  });

  it('finds nothing in whole documents of either grammar, references and extensions included', async () => {
    const three = `openapi: 3.1.0
info: {title: t, version: '1', license: {name: MIT, identifier: MIT}}
webhooks: {w: {$ref: '#/components/pathItems/p'}}
paths:
  /a: {get: {parameters: [{$ref: '#/components/parameters/q'}], responses: {default: {$ref: '#/components/responses/r'}}, x-a: [1]}}
components:
  pathItems: {p: {post: {responses: {200: {description: ok}}}}}
  parameters: {q: {name: q, in: query, schema: true}}
  responses: {r: {description: ok, content: {application/json: {schema: {type: [string, 'null'], properties: {default: {type: string}}}}}}}
`;
    const two = `swagger: '2.0'
info: {title: t, version: '1'}
paths:
  /a: {get: {parameters: [{name: q, in: query, type: array, items: {type: string}, collectionFormat: csv}], responses: {200: {description: ok, schema: {$ref: '#/definitions/A'}}}}}
definitions: {A: {type: object, required: [a], properties: {a: {type: string}}}}
securityDefinitions: {o: {type: oauth2, flow: accessCode, authorizationUrl: https://a, tokenUrl: https://b, scopes: {a: b}}}
`;
    expect(await found(three)).toEqual([]);
    expect(await found(two)).toEqual([]);
  });

  it('says where strict readers would refuse the text', async () => {
    const text = `openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a: {\n    get: {responses: {200: {description: ok}}}\n  }\n`;
    expect(await found(text)).toEqual([
      'syntax-not-portable 6: 1 place: A bracketed value goes on, or closes, at a line that is not indented further than its key.',
    ]);
  });

  it.each(['', '[]', 'just text', '42', '{}'])('reports %j as no document, without operations', async (text) => {
    const { api } = await readText(openapi, { name: 'a.yaml', text });
    expect(api.operations).toEqual([]);
    expect(api.findings.map(({ rule }) => rule)).toContain('spec.structure');
  });
});
