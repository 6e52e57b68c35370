/** What `stance.yaml` declares, after parsing. Everything is optional in the file; absent lists are empty here. */
import type { TemplateDecision } from '../inventory/template.ts';

export type Audience = 'public' | 'partner' | 'private' | 'consumed';
export type EnvironmentKind = 'production' | 'test' | 'development' | 'staging';
export type DataLevel = 'public' | 'internal' | 'confidential' | 'restricted';

export interface EnvironmentSetting {
  readonly name: string;
  readonly kind: EnvironmentKind;
  readonly hosts: readonly string[];
}

export interface ApiSetting {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Path prefixes that belong to this API on those hosts; empty = all. */
  readonly paths: readonly string[];
  readonly audience: Audience | null;
  readonly owner: string | null;
  readonly purpose: string | null;
  readonly dataLevel: DataLevel | null;
  /** Operations declared open to anyone, `GET /health`. */
  readonly publicOperations: readonly string[];
  readonly specs: readonly string[];
  readonly docs: readonly string[];
  readonly supplier: string | null;
  readonly renewal: string | null;
  /** Where the contract with the supplier is kept. */
  readonly contract?: string | null;
}

export interface PersonSetting {
  readonly id: string;
  readonly name: string;
  readonly team: string | null;
  readonly active: boolean;
}

/** A role of the programme: `api-security-lead`, `data-steward`, `incident-commander`, ... */
export interface RoleSetting {
  readonly role: string;
  readonly person: string | null;
  readonly deputy: string | null;
  readonly acceptedOn: string | null;
  /** Whether the holder also builds or operates the APIs; null = not said. */
  readonly alsoBuilds: boolean | null;
}

/** A plan or record of the organisation: `incident-response`, `sdlc`, `documentation`, `resources`, `risk-assessment`, ... */
export interface PlanSetting {
  readonly kind: string;
  readonly location: string;
  readonly owner: string | null;
  readonly reviewedOn: string | null;
  readonly exercisedOn: string | null;
  /** Required parts found in the text at `location` (controls/plan-parts.ts); absent = the text was not read. */
  readonly parts?: readonly string[];
}

/** Somebody's signed statement about one control; counts less than what is observed, and ends. */
export interface AttestationSetting {
  readonly control: string;
  readonly by: string;
  readonly on: string;
  readonly until: string;
  readonly statement: string;
  readonly link: string | null;
  /** Share of the control that is claimed to hold, 0 to 1. */
  readonly share: number;
}

export interface WaiverSetting {
  /** Finding id, or control id. */
  readonly id: string;
  readonly until: string;
  readonly because: string;
  readonly owner: string;
}

export interface NotApplicableSetting {
  readonly control: string;
  readonly because: string;
  readonly approvedBy: string;
}

/** Answers to the six first-run questions; 'unknown' is a real answer. */
export interface FirstAnswers {
  readonly lead: 'independent' | 'also-builds' | 'nobody' | 'unknown' | null;
  readonly dataSteward: 'named' | 'nobody' | 'unknown' | null;
  readonly incidentPlan: 'written-and-exercised' | 'written' | 'none' | 'unknown' | null;
  readonly sdlcAndDocs: 'both' | 'sdlc-only' | 'docs-only' | 'none' | 'unknown' | null;
  readonly environments: 'separate-with-own-data' | 'separate-shared-data' | 'shared' | 'unknown' | null;
  readonly gatewayAccess: 'named-with-2fa' | 'named-without-2fa' | 'shared' | 'unknown' | null;
}

export interface Settings {
  /** Name of the project; absent = not said. */
  readonly project?: string;
  /** File patterns of specs, relative to the file. */
  readonly specs?: readonly string[];
  /** Places of documentation: addresses or file patterns. */
  readonly docs?: readonly string[];
  readonly organisation: {
    readonly name: string | null;
    readonly staff: number | null;
    readonly sector: string | null;
    readonly places: readonly string[];
  };
  readonly environments: readonly EnvironmentSetting[];
  readonly apis: readonly ApiSetting[];
  readonly people: readonly PersonSetting[];
  readonly roles: readonly RoleSetting[];
  readonly plans: readonly PlanSetting[];
  readonly attestations: readonly AttestationSetting[];
  readonly waivers: readonly WaiverSetting[];
  readonly notApplicable: readonly NotApplicableSetting[];
  readonly answers: FirstAnswers;
  readonly templates: readonly TemplateDecision[];
  readonly gate: { readonly new: Severity3 | null; readonly onError: 'fail' | 'neutral'; readonly confidence?: 'high' | 'medium' | 'low' };
  /** Days without a call after which an operation is silent; default 30. */
  readonly silentAfterDays: number;
  /** Policy of the guard: the path of its file from `stance.yaml`, or as it was written there (checked); absent = none is stated. */
  readonly policy?: { readonly file: string } | { readonly stated: object };
}

type Severity3 = 'critical' | 'high' | 'medium' | 'low';

export const emptySettings: Settings = {
  organisation: { name: null, staff: null, sector: null, places: [] },
  environments: [],
  apis: [],
  people: [],
  roles: [],
  plans: [],
  attestations: [],
  waivers: [],
  notApplicable: [],
  answers: { lead: null, dataSteward: null, incidentPlan: null, sdlcAndDocs: null, environments: null, gatewayAccess: null },
  templates: [],
  gate: { new: null, onError: 'fail' },
  silentAfterDays: 30,
};
