/** Keyed hash of a value: 22 characters of base64url (128 bits). Equal values give equal prints under one key only. */
export type Fingerprint = string;

/**
 * Makes fingerprints; handed in by the edge, because the engine holds no key and no crypto module.
 * `purpose` separates domains (client, principal, segment, field), so prints of one cannot be matched with another.
 */
export type FingerprintFn = (purpose: 'client' | 'principal' | 'segment' | 'field' | 'agent', value: string) => Fingerprint;
