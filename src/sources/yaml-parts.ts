/**
 * A large YAML text cut at the keys of its outer two levels. The parser's tree takes a hundred times the space of its
 * text, so a document of many megabytes is read part by part, and only plain values stay.
 */

/** Characters above which a text is cut, and of one part. */
export const cutFrom = 2 * 1024 * 1024;
const partChars = 512 * 1024;

export interface YamlPart {
  /** A document of its own: one section, or the section's first line with some of its members. */
  readonly text: string;
  /** Lines to add to a line of `text` to get the line of the file. */
  readonly lineShift: number;
  /** The section's key when the part holds some of its members only. */
  readonly section: string | null;
}

interface Line {
  readonly at: number;
  readonly number: number;
  readonly indent: number;
}

/** The parts in order, or null when the text is not of the kind that can be cut: anchors, several documents, no block maps. */
export function yamlParts(text: string): YamlPart[] | null {
  // An anchor in one part could be meant in another.
  if (/(?:^|[:[,{]|-)[ \t]*&[\w-]+(?:\s|$)/m.test(text) || /^(?:---[ \t]+[^\s#]|\.\.\.|%)/m.test(text) || /\n---/.test(text)) return null;
  const lines = contentLines(text);
  const heads = lines.filter(({ indent }) => indent === 0);
  if (heads.length === 0 || lines[0]?.indent !== 0) return null;
  const parts: YamlPart[] = [];
  for (const [index, head] of heads.entries()) {
    const end = heads[index + 1]?.at ?? text.length;
    const section = end - head.at > partChars ? sectionName(text, head) : null;
    const inside = section === null ? null : memberParts(text, { head, end, section, lines });
    if (inside === null) parts.push({ text: text.slice(head.at, end), lineShift: head.number - 1, section: null });
    else parts.push(...inside);
  }
  return parts.length > 1 ? parts : null;
}

/** Lines that are neither blank nor comment, nor the `---` at the top. */
function contentLines(text: string): Line[] {
  const lines: Line[] = [];
  let number = 0;
  for (let at = 0; at < text.length; ) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed;
    number++;
    let start = at;
    while (start < end && text.charCodeAt(start) === 0x20) start++;
    const code = text.charCodeAt(start);
    const isBlank = start >= end || code === 0x0d || code === 0x23;
    // Only the two outer levels matter; deeper lines are told apart by their indentation when a section is cut.
    if (!isBlank && !(start === at && text.startsWith('---', at))) lines.push({ at, number, indent: start - at });
    at = end + 1;
  }
  return lines;
}

/** The key of a line that opens a block (`paths:`); null when its value stands beside it. */
function sectionName(text: string, { at }: Line): string | null {
  const feed = text.indexOf('\n', at);
  const line = text.slice(at, feed < 0 ? text.length : feed);
  const match = /^(?:"([^"\\]+)"|'([^']+)'|([^\s:#'"[\]{}&*!|>%@`-][^:#]*)):\s*(?:#.*)?$/.exec(line);
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? null;
}

interface Section {
  readonly head: Line;
  readonly end: number;
  readonly section: string;
  readonly lines: readonly Line[];
}

function memberParts(text: string, { head, end, section, lines }: Section): YamlPart[] | null {
  const inside = lines.filter(({ at }) => at > head.at && at < end);
  const indent = inside[0]?.indent ?? 0;
  if (indent === 0 || inside.some((line) => line.indent < indent) || /^ *- /.test(text.slice(inside[0]?.at ?? 0, end).slice(0, 200)))
    return null;
  const members = inside.filter((line) => line.indent === indent);
  const opening = `${text.slice(head.at, inside[0]?.at).split('\n', 1)[0] ?? ''}\n`;
  const parts: YamlPart[] = [];
  let from = members[0];
  for (const [index, member] of members.entries()) {
    const next = members[index + 1];
    const until = next?.at ?? end;
    if (from === undefined || (next !== undefined && until - from.at < partChars)) continue;
    parts.push({ text: opening + text.slice(from.at, until), lineShift: from.number - 2, section });
    from = next ?? member;
  }
  return parts;
}
