/** Parts that a plan must hold, and a reader that finds them in its text: a plan counts by what is in it, not by its file name. */

export interface PlanPart {
  readonly id: string;
  /** What the part must say, in our words. */
  readonly title: string;
  /** Any of these, in a heading or a sentence, shows that the part is there. */
  readonly signs: RegExp;
}

/** After 23 NYCRR 500.16(a)(1)(i)-(ix) and ISO/IEC 27001 A.5.24 to A.5.28, and the API cases of controls.md. */
export const incidentPlanParts: readonly PlanPart[] = [
  { id: 'goals', title: 'what the plan is for', signs: /\b(goals?|purpose|objectives?|scope|plan is for)\b/i },
  { id: 'roles', title: 'who leads and who may decide', signs: /\b(roles?|responsib\w+|commander|who (leads|decides)|authority)\b/i },
  { id: 'contacts', title: 'whom to call, inside and outside', signs: /\b(contacts?|phone|on.?call|call list|escalation)\b/i },
  { id: 'triage', title: 'how an event is classed', signs: /\b(triage|severity|classif\w+|thresholds?)\b/i },
  { id: 'containment', title: 'what to switch off and how', signs: /\b(contain\w*|isolat\w+|switch off|revoke|block)\b/i },
  { id: 'communication', title: 'what is said inside and outside', signs: /\b(communicat\w+|press|status page|statements?)\b/i },
  { id: 'notification', title: 'whom the law or a contract makes you tell, and by when', signs: /\b(notif\w+|regulator|authority|72 ?h)/i },
  {
    id: 'evidence',
    title: 'how evidence is kept',
    signs: /\b(evidence|forensic (copy|copies|image)|log preservation|chain of custody)\b/i,
  },
  { id: 'recovery', title: 'how service and data come back', signs: /\b(recover\w*|restor\w+|backups?)\b/i },
  {
    id: 'lessons',
    title: 'how cause and lessons are found and closed',
    signs: /\b(lessons?|root cause|post.?mortem|post.?incident|review after)\b/i,
  },
  {
    id: 'api-cases',
    title: 'what to do in API cases: leaked key, record scraping, takeover, flood, bad supplier',
    signs: /\b(leaked (key|token|credential)s?|scrap\w+|credential stuffing|account takeover|flood|ddos|api abuse)\b/i,
  },
];

export const sdlcAnchors: readonly PlanPart[] = [
  {
    id: 'model',
    title: 'the model of building: stages and who passes them',
    signs: /\b(model|stages?|life.?cycle|workflow|kanban|scrum)\b/i,
  },
  { id: 'classification', title: 'how data is classified', signs: /\b(classif\w+|data (class|level)\w*|sensitiv\w+)\b/i },
  { id: 'purpose', title: 'how purpose and business fit are stated', signs: /\b(purpose|business (need|fit|case|purpose))\b/i },
  { id: 'separation', title: 'how environments are kept apart', signs: /\b(separat\w+|environments?|test and production|staging)\b/i },
  { id: 'tests', title: 'which tests are run', signs: /\b(tests?|testing)\b/i },
  { id: 'documents', title: 'where API documents live', signs: /\b(documentation|docs|repository|specifications?|openapi)\b/i },
];

/** Longest text looked at: 1 MiB; a longer plan is judged by its beginning. */
export const planTextMax = 1_048_576;

/** Ids of the parts found. Only heading lines count, or lines of six words and more, so that a list of catchwords is not a plan. */
export function findPlanParts(kind: string, text: string): readonly string[] {
  const wanted = planPartsOf(kind);
  const lines = text
    .slice(0, planTextMax)
    .split('\n')
    .filter((line) => /^\s{0,3}#/.test(line) || line.trim().split(/\s+/).length >= 6);
  return wanted.filter((one) => lines.some((line) => one.signs.test(line))).map((one) => one.id);
}

export function planPartsOf(kind: string): readonly PlanPart[] {
  if (kind === 'incident-response') return incidentPlanParts;
  if (kind === 'sdlc') return sdlcAnchors;
  return [];
}
