import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { policyUseCases } from '../../workspace/guard-policy.ts';
import { policyAt } from '../../workspace/policy-place.ts';
import { answered } from '../answered.ts';
import {
  appliedPolicy,
  currentPolicy,
  decisionExplanation,
  decisionFilterQuery,
  decisionParams,
  policyApplication,
  policyPlace,
  policyPlaceQuery,
  policyPreview,
  policyRollback,
  policyText,
  policyVersion,
  rolledBack,
  rows,
  ruleFromFilter,
  workspaceParams,
} from '../contract.ts';
import type { RouteParts } from '../server-parts.ts';
import { queryOf } from './threat.ts';

/** A policy in JSON, where every line break becomes two characters; bytes. */
const policyBodyMax = 8 * 1024 * 1024;

export function policyRoutes({ pool, now }: RouteParts): FastifyPluginAsyncZod {
  const policyOf = async (ws: string) => policyUseCases(await pool.get(ws), now);
  return async (app) => {
    const tags = ['policy'];
    const params = workspaceParams;
    app.get(
      '/policy',
      { schema: { tags, summary: 'The policy in force, as text and summed up', params, response: answered(currentPolicy) } },
      async (request) => (await policyOf(request.params.ws)).current(),
    );

    app.get(
      '/policy/place',
      {
        schema: {
          tags,
          summary: 'What the policy in force says of one API or operation, and from where',
          params,
          querystring: policyPlaceQuery,
          response: answered(policyPlace),
        },
      },
      async (request) => {
        const { service, method, template } = request.query;
        return policyAt(await pool.get(request.params.ws), { service, method: method ?? null, template: template ?? null }, now);
      },
    );

    app.get(
      '/policy/versions',
      { schema: { tags, summary: 'Policies that were applied, newest first', params, response: answered(rows(policyVersion)) } },
      async (request) => ({ rows: await (await policyOf(request.params.ws)).versions() }),
    );

    app.post(
      '/policy/preview',
      {
        bodyLimit: policyBodyMax,
        schema: {
          tags,
          summary: 'Whom a policy would have stopped in the traffic of the past; changes nothing',
          params,
          body: policyText,
          response: answered(policyPreview),
        },
      },
      async (request) => (await policyOf(request.params.ws)).preview(request.body.text),
    );

    app.post(
      '/policy/apply',
      {
        bodyLimit: policyBodyMax,
        schema: {
          tags,
          summary: 'Puts a policy in force; what refuses more needs the replay as proof, or a reason',
          params,
          body: policyApplication,
          response: answered(appliedPolicy),
        },
      },
      async (request) => {
        const { text, proofWaivedBecause } = request.body;
        return pool.change(request.params.ws, (workspace) =>
          policyUseCases(workspace, now).apply(text, request.actor, proofWaivedBecause === undefined ? {} : { proofWaivedBecause }),
        );
      },
    );

    app.post(
      '/policy/rollback',
      {
        schema: { tags, summary: 'Puts an earlier version back', params, body: policyRollback, response: answered(rolledBack) },
      },
      async (request) => {
        const { version, because } = request.body;
        return pool.change(request.params.ws, (workspace) =>
          policyUseCases(workspace, now).rollback(version ?? null, request.actor, because),
        );
      },
    );

    app.post(
      '/policy/rule-from-filter',
      {
        schema: {
          tags,
          summary: 'A rule in log mode from a filter of the Threats page, with its replay; changes nothing',
          params,
          querystring: decisionFilterQuery,
          response: answered(ruleFromFilter),
        },
      },
      async (request) => (await policyOf(request.params.ws)).ruleFrom(queryOf(request.query)),
    );

    app.get(
      '/policy/explain',
      {
        schema: {
          tags,
          summary: 'Why one decision came out as it did, and how to undo it',
          params,
          querystring: decisionParams,
          response: answered(decisionExplanation),
        },
      },
      async (request) => (await policyOf(request.params.ws)).explain(request.query.decision),
    );
  };
}
