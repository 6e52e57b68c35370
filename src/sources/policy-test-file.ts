/** A table of requests and the decisions a policy must take on them, read with errors that say where and what. */
import { z } from 'zod';
import { parseAddress } from '../engine/http/address.ts';
import type { JsonValue } from '../engine/http/exchange.ts';
import { StanceError } from '../errors.ts';
import { duration, milliseconds, text } from './policy-schema-values.ts';
import { schemaProblems } from './stance-problems.ts';
import { readStructured } from './structured-document.ts';

/** Cases of one file, and repetitions of one case. */
const casesMax = 10_000;
const timesMax = 100_000;
const problemsShown = 20;

const json: z.ZodType<JsonValue> = z.json();

const caller = z.strictObject({
  subject: text,
  provider: text.optional().describe('Which of the providers vouches; default the first that the policy has.'),
  tenant: text.optional(),
  scopes: z.array(text).max(1000).optional(),
  roles: z.array(text).max(1000).optional(),
  claims: z.record(z.string(), json).optional(),
});

const testCase = z.strictObject({
  name: text.optional(),
  request: z.string().regex(/^[A-Za-z-]{1,40} \/\S*$/, 'a method and a path such as GET /orders/7?full=yes'),
  host: text.optional(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())], { error: 'text, or a list of texts' })).optional(),
  body: json.optional().describe('Text goes as it is, everything else as JSON.'),
  from: z
    .string()
    .refine((stated) => parseAddress(stated) !== null, { error: 'an address such as 203.0.113.7' })
    .optional()
    .describe('Client address; default 192.0.2.1.'),
  caller: z
    .union([z.enum(['none', 'refused', 'unavailable']), caller], { error: 'none, refused, unavailable, or a caller with its claims' })
    .optional()
    .describe('What authentication came to; default none.'),
  times: z.int().min(1).max(timesMax).optional().describe('Sent so often; the last one is judged.'),
  every: duration.optional().describe('Time between them; default none.'),
  after: duration.optional().describe('Time since the case before.'),
  answered: z.int().min(100).max(599).optional().describe('Status of the answers of the API, for what is learned from them; default 200.'),
  expect: z.enum(['allow', 'block', 'would-block']),
  rule: text.optional().describe('Rule that decides, or its first part: `authorization.scope`, `attacks`.'),
  status: z.int().min(100).max(599).optional(),
  'allowed-by': text.optional(),
});

export const policyTestSchema = z.strictObject({
  policy: text.optional().describe('Path from here; default the policy that is given with the command.'),
  specs: z.array(text).max(100).optional().describe('Specifications to validate against, paths from here.'),
  at: z.iso.datetime({ offset: true }).optional().describe('When the first request comes; default 2026-01-01T12:00:00Z.'),
  tests: z.array(testCase).min(1).max(casesMax),
});

export interface PolicyTestFile {
  readonly policy: string | null;
  readonly specs: readonly string[];
  readonly atMs: number;
  readonly tests: readonly PolicyTestCase[];
}

export interface PolicyTestCase {
  readonly name: string;
  /** In its file, counted from 1. */
  readonly line: number;
  readonly request: StatedRequest;
  readonly times: number;
  readonly everyMs: number;
  readonly afterMs: number;
  readonly answered: number;
  readonly expected: ExpectedDecision;
}

export interface StatedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly host: string | null;
  /** Names in lower case. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
  /** Whether `body` was written as a value: then it is JSON. */
  readonly isJson: boolean;
  readonly clientAddress: string;
  readonly caller: StatedCaller | 'none' | 'refused' | 'unavailable';
}

export interface StatedCaller {
  readonly provider: string | null;
  readonly subject: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly claims: { readonly [name: string]: JsonValue };
}

export interface ExpectedDecision {
  readonly outcome: 'allow' | 'block' | 'would-block';
  readonly rule: string | null;
  readonly status: number | null;
  readonly allowedBy: string | null;
}

export const statedAtDefault = '2026-01-01T12:00:00Z';
export const clientDefault = '192.0.2.1';

/** @throws StanceError `config-invalid` with line, column and what was expected for each problem */
export function readPolicyTests(content: string, file: string): PolicyTestFile {
  const document = readStructured(content);
  const broken = document.problems.filter(({ isMinor }) => isMinor !== true);
  const parsed = policyTestSchema.safeParse(document.value ?? {});
  if (broken.length > 0 || !parsed.success) {
    const problems =
      broken.length > 0 || parsed.success
        ? broken
        : schemaProblems(parsed.error, { document, value: document.value, schema: testJsonSchema });
    throw new StanceError('config-invalid', {
      message: `The table of tests ${file} cannot be used.\n${problems
        .slice(0, problemsShown)
        .map(({ line, column, message }) => `${file}:${line}:${column}  ${message}`)
        .join('\n')}`,
      unchanged: 'No test was run.',
      next: 'Correct the places named.',
    });
  }
  const { policy, specs, at, tests } = parsed.data;
  return {
    policy: policy ?? null,
    specs: specs ?? [],
    atMs: Date.parse(at ?? statedAtDefault),
    tests: tests.map((stated, index) => caseOf(stated, document.positionOf(['tests', String(index)]).line)),
  };
}

function testJsonSchema(): string {
  return JSON.stringify(z.toJSONSchema(policyTestSchema, { io: 'input' }));
}

function caseOf(stated: z.infer<typeof testCase>, line: number): PolicyTestCase {
  const space = stated.request.indexOf(' ');
  return {
    name: stated.name ?? `${stated.request} ${stated.expect}`,
    line,
    request: {
      method: stated.request.slice(0, space).toUpperCase(),
      target: stated.request.slice(space + 1),
      host: stated.host?.toLowerCase() ?? null,
      headers: Object.entries(stated.headers ?? {}).flatMap(([name, values]) =>
        [values].flat().map((value) => ({ name: name.toLowerCase(), value })),
      ),
      body: stated.body === undefined ? null : typeof stated.body === 'string' ? stated.body : JSON.stringify(stated.body),
      isJson: stated.body !== undefined && typeof stated.body !== 'string',
      clientAddress: stated.from ?? clientDefault,
      caller: callerOf(stated.caller),
    },
    times: stated.times ?? 1,
    everyMs: milliseconds(stated.every ?? '0ms'),
    afterMs: milliseconds(stated.after ?? '0ms'),
    answered: stated.answered ?? 200,
    expected: { outcome: stated.expect, rule: stated.rule ?? null, status: stated.status ?? null, allowedBy: stated['allowed-by'] ?? null },
  };
}

function callerOf(stated: z.infer<typeof testCase>['caller']): StatedRequest['caller'] {
  if (stated === undefined || typeof stated === 'string') return stated ?? 'none';
  return {
    provider: stated.provider ?? null,
    subject: stated.subject,
    tenant: stated.tenant ?? null,
    scopes: stated.scopes ?? [],
    roles: stated.roles ?? [],
    claims: stated.claims ?? {},
  };
}
