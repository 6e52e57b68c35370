/**
 * Path templating: which masked paths are one operation. A pure function of the set of path statistics, the templates
 * that are known, and what people decided; the order of its input does not matter.
 */
import type { FingerprintFn } from '../../evidence/fingerprint.ts';
import type { NoiseReason } from '../../evidence/observation.ts';
import type { PathStat } from '../path-stat.ts';
import type { KnownTemplate, Template, TemplateDecision } from '../template.ts';
import { sortByPath } from './path-order.ts';
import { ServiceLearner } from './service-learner.ts';

export interface LearnOptions {
  /** Finds the values that a `split` names in data whose literals were already replaced by prints. */
  readonly fingerprint?: FingerprintFn;
}

export interface FoldedPath {
  readonly path: number;
  readonly reason: NoiseReason;
}

/** A literal that turned out to be a value: what is stored of it must become its shape and print. */
export interface FoldedLiteral {
  readonly path: number;
  readonly segment: number;
  readonly text: string;
}

export interface LearnedTemplates {
  readonly templates: readonly Template[];
  readonly folded: readonly FoldedPath[];
  readonly foldedLiterals: readonly FoldedLiteral[];
}

/** Learns the templates of every service that occurs in `paths`. */
export function learnTemplates(
  paths: readonly PathStat[],
  known: readonly KnownTemplate[],
  decisions: readonly TemplateDecision[],
  options: LearnOptions = {},
): LearnedTemplates {
  const services = new Map<string, number[]>();
  paths.forEach((stat, index) => {
    const list = services.get(stat.service);
    if (list === undefined) services.set(stat.service, [index]);
    else list.push(index);
  });
  const templates: Template[] = [];
  const folded: FoldedPath[] = [];
  const foldedLiterals: FoldedLiteral[] = [];
  for (const service of [...services.keys()].sort()) {
    const indexes = services.get(service) ?? [];
    sortByPath(indexes, paths);
    const learned = new ServiceLearner(
      service,
      paths,
      indexes,
      known,
      decisions.filter((decision) => decision.service === service),
      options,
    ).learn();
    // One by one: a spread of hundreds of thousands would not fit the stack.
    for (const template of learned.templates) templates.push(template);
    for (const entry of learned.folded) folded.push(entry);
    for (const literal of learned.foldedLiterals) foldedLiterals.push(literal);
  }
  folded.sort((a, b) => a.path - b.path);
  foldedLiterals.sort((a, b) => a.path - b.path || a.segment - b.segment);
  return { templates, folded, foldedLiterals };
}
