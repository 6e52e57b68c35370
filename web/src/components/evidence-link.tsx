/** Every number opens to its proof: a reference becomes a link that opens the evidence panel on the same page. */
import { Link } from '@tanstack/react-router';

const kindWord: Readonly<Record<string, string>> = {
  operation: 'exchanges',
  source: 'source',
  document: 'document',
  setting: 'stance.yaml',
  answer: 'answer',
  attestation: 'attestation',
  finding: 'finding',
};

export function EvidenceLink({ reference }: { reference: string }) {
  const kind = reference.slice(0, reference.indexOf(':'));
  const rest = reference.slice(reference.indexOf(':') + 1);
  return (
    <Link to="." search={(before) => ({ ...before, evidence: reference })} resetScroll={false} className="evidence-link">
      {kindWord[kind] ?? kind} <code className="clip">{rest.length > 18 ? `${rest.slice(0, 16)}…` : rest}</code>
    </Link>
  );
}

/** At most `max` links, and how many more there are. */
export function EvidenceList({ references, max = 6 }: { references: readonly string[]; max?: number }) {
  if (references.length === 0) return <span className="quiet-text">none</span>;
  return (
    <span className="evidence-list">
      {references.slice(0, max).map((reference) => (
        <EvidenceLink key={reference} reference={reference} />
      ))}
      {references.length > max ? <span className="quiet-text">and {references.length - max} more</span> : null}
    </span>
  );
}
