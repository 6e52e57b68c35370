/** Callers with a client certificate that the TLS layer has verified. */
import type { CallerOutcome } from '../../engine/access/caller.ts';
import type { ClientCertificate, RequestHead } from '../../engine/http/request.ts';
import type { ProviderPolicy } from '../../engine/policy/policy.ts';
import type { Presented } from './presented.ts';
import { quotable, refused, type Verifier, type VerifierContext } from './verifier.ts';

type MtlsPolicy = Extract<ProviderPolicy, { readonly kind: 'mtls' }>;

/**
 * Who is allowed: exact names, `*.svc.example` for exactly one more label of a DNS name, `spiffe://example/ns/shop/*` for
 * everything below in a URI. An empty list allows every certificate that the TLS layer took.
 */
export class MtlsVerifier implements Verifier {
  readonly name: string;
  readonly carrier = 'certificate';
  readonly challenge: string;
  readonly #policy: MtlsPolicy;
  readonly #context: VerifierContext;

  constructor(policy: MtlsPolicy, context: VerifierContext) {
    this.name = policy.name;
    this.challenge = `Certificate realm="${quotable(policy.name)}"`;
    this.#policy = policy;
    this.#context = context;
  }

  recall(): null {
    return null;
  }

  verify(_presented: Presented, { certificate }: RequestHead): CallerOutcome {
    if (certificate === null) return { kind: 'none' };
    if (certificate.notAfterMs <= this.#context.now()) {
      return refused('certificate-expired', 'The client certificate has ended.', this.challenge);
    }
    const names = this.#namesOf(certificate);
    const subject =
      this.#policy.allow.length === 0
        ? names[0]
        : names.find((name) => this.#policy.allow.some((one) => allows(one, name, this.#policy.subjectFrom === 'dns')));
    if (subject === undefined) {
      return refused('certificate-not-allowed', 'The client certificate carries no name that is allowed here.', this.challenge);
    }
    return {
      kind: 'proven',
      caller: {
        provider: this.name,
        kind: 'mtls',
        subject,
        tenant: null,
        scopes: [],
        roles: [],
        claims: { sub: subject, issuer: certificate.issuer, subject: certificate.subject, names: certificate.names },
        expiresMs: certificate.notAfterMs,
        credentialPrint: this.#context.print(certificate.sha256),
      },
    };
  }

  problem(): null {
    return null;
  }

  #namesOf(certificate: ClientCertificate): readonly string[] {
    switch (this.#policy.subjectFrom) {
      case 'subject':
        return certificate.subject === '' ? [] : [certificate.subject];
      case 'uri':
        return certificate.names.filter((name) => /^[a-z][a-z0-9+.-]*:\/\//i.test(name));
      case 'dns':
        return certificate.names.filter((name) => /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(name)).map((name) => name.toLowerCase());
    }
  }
}

function allows(allowed: string, name: string, isDns: boolean): boolean {
  if (isDns && allowed.startsWith('*.')) {
    const rest = allowed.slice(1).toLowerCase();
    return name.endsWith(rest) && name.length > rest.length && !name.slice(0, -rest.length).includes('.');
  }
  if (!isDns && allowed.endsWith('/*')) return name.startsWith(allowed.slice(0, -1)) && !/\/\.{1,2}(\/|$)|%2e|%2f/i.test(name);
  return allowed === name || (isDns && allowed.toLowerCase() === name);
}
