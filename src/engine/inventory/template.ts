/** Path templates: what is known from people and documents, what is learned, and what a person decided. */

/** How a template came to be; earlier ones win. */
export type TemplateBasis = 'pinned' | 'spec' | 'route' | 'gateway' | 'learned';

/** A template somebody declared for this service: it is taken as it stands, names included. */
export interface KnownTemplate {
  /** null = every method. */
  readonly method: string | null;
  /** `/users/{userId}/orders`; parameters in braces. */
  readonly template: string;
  readonly basis: Exclude<TemplateBasis, 'learned'>;
}

/** A person's decision about templates; outlives re-learning and is applied to old data too. */
export type TemplateDecision =
  | { readonly kind: 'merge'; readonly service: string; readonly templates: readonly string[]; readonly into: string }
  /** `values`: the literals that are not values of the parameter; found in old data by their prints. */
  | { readonly kind: 'split'; readonly service: string; readonly template: string; readonly values: readonly string[] }
  | { readonly kind: 'rename'; readonly service: string; readonly template: string; readonly into: string }
  | { readonly kind: 'pin'; readonly service: string; readonly template: string }
  | {
      readonly kind: 'exclude';
      readonly service: string;
      readonly method: string | null;
      readonly template: string;
      readonly reason: string;
    };

/** A learned or declared template with the masked paths that belong to it. */
export interface Template {
  readonly service: string;
  readonly method: string;
  readonly template: string;
  readonly basis: TemplateBasis;
  /** 0 to 1: how sure the learner is that this template neither merges two operations nor splits one. */
  readonly confidence: number;
  /** One sentence a person can check: `97 % sure: 1,204 values, all integers`. */
  readonly because: string;
  /** Indexes into the paths given to the learner. */
  readonly paths: readonly number[];
}
