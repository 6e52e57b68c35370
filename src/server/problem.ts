/** Every error that leaves the server, as RFC 9457 problem+json. What is not meant for people stays in the log. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { errorCodes, StanceError } from '../errors.ts';
import type { Problem } from './contract.ts';

/** Fields one answer names; a body can be wrong in thousands of places. */
const fieldsMax = 20;

const titles: Readonly<Record<number, string>> = {
  400: 'The request is not understood',
  401: 'Sign-in needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long',
  409: 'This cannot be done now',
  413: 'Too large',
  414: 'The address is too long',
  415: 'Media type not supported',
  422: 'The input cannot be used',
  429: 'Too many requests',
  431: 'The headers are too large',
  500: 'Something failed here',
  502: 'Another server cannot be reached',
  503: 'Busy',
  507: 'No space left',
};

export interface ProblemParts {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly unchanged?: string;
  readonly next?: string;
  readonly fields?: Problem['fields'];
}

export function problemOf(parts: ProblemParts): Problem {
  return {
    type: `urn:stance:problem:${parts.code}`,
    title: titles[parts.status] ?? 'The request failed',
    status: parts.status,
    detail: parts.detail,
    code: parts.code,
    unchanged: parts.unchanged ?? 'Nothing was changed.',
    next: parts.next ?? '',
    ...(parts.fields === undefined ? {} : { fields: parts.fields }),
  };
}

export function sendProblem(reply: FastifyReply, parts: ProblemParts): FastifyReply {
  return reply
    .code(parts.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((value) => JSON.stringify(value))
    .send(problemOf(parts));
}

/** Fastify's error handler: ours are shown as they are, the framework's in our words, anything else as a bare 500. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const parts = partsOf(error);
  if (parts.status >= 500) request.log.error({ err: error, route: request.routeOptions.url ?? null }, 'request failed');
  return sendProblem(reply, parts);
}

export function partsOf(error: unknown): ProblemParts {
  if (error instanceof StanceError) {
    return {
      status: errorCodes[error.code].http,
      code: error.code,
      detail: error.message,
      unchanged: error.unchanged,
      next: error.next,
    };
  }
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error.validation, contextOf(error));
  const { code, status } = frameworkFacts(error);
  if (status === 413) return { status, code: 'too-large', detail: 'The request body is larger than this address takes.' };
  if (status === 415) return { status, code: 'invalid-request', detail: 'This address does not take a body of that media type.' };
  if (status !== null && status >= 400 && status < 500) {
    return { status, code: 'invalid-request', detail: clientFaults[code] ?? 'The request cannot be read.' };
  }
  if (status === 503) return { status, code: 'busy', detail: 'The server is stopping or takes no more requests now.' };
  return {
    status: 500,
    code: 'internal',
    detail: 'The server met a fault of its own.',
    unchanged: 'Nothing that was acknowledged is lost.',
    next: 'Try once more; if it fails again, the log on the terminal of `stance up` says where.',
  };
}

const clientFaults: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, and JSON is expected.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is shorter or longer than its content-length says.',
  FST_ERR_BAD_URL: 'The address holds a wrong percent-encoding.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the address is too long.',
};

function frameworkFacts(error: unknown): { readonly code: string; readonly status: number | null } {
  if (!(error instanceof Error)) return { code: '', status: null };
  const { code, statusCode } = error as Partial<FastifyError>;
  return { code: code ?? '', status: typeof statusCode === 'number' ? statusCode : null };
}

function contextOf(error: unknown): string {
  const context = (error as { validationContext?: unknown }).validationContext;
  return typeof context === 'string' ? context : 'body';
}

function invalidRequest(
  issues: readonly { readonly instancePath: string; readonly message?: string | undefined }[],
  context: string,
): ProblemParts {
  const fields = issues.slice(0, fieldsMax).map((issue) => {
    const path = issue.instancePath.replace(/^\//, '').replaceAll('/', '.');
    return { field: path === '' ? context : path, message: issue.message ?? 'is not valid' };
  });
  const first = fields[0];
  return {
    status: 400,
    code: 'invalid-request',
    detail: first === undefined ? 'The request does not fit.' : `${first.field}: ${first.message}`,
    next: 'Correct the fields named and send it again.',
    fields,
  };
}
