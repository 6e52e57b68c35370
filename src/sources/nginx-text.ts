/** The text of an nginx configuration as a tree of directives with lines. */

export interface Directive {
  readonly name: string;
  readonly words: readonly string[];
  /** Directives inside braces; null for one that ends in a semicolon. */
  readonly block: readonly Directive[] | null;
  readonly line: number;
}

export interface NginxText {
  readonly directives: readonly Directive[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/** Directives read of one file, and blocks inside blocks. */
const directivesMax = 200_000;
const depthMax = 50;

interface Token {
  readonly text: string;
  readonly line: number;
  readonly isMark: boolean;
}

/** Reads what is well-formed; what is not is a problem with its line. Lua blocks are skipped whole. */
export function readNginxText(text: string): NginxText {
  const problems: { line: number; message: string }[] = [];
  const stack: { directives: Directive[]; head: readonly Token[] }[] = [{ directives: [], head: [] }];
  let words: Token[] = [];
  let count = 0;
  for (const token of tokens(text)) {
    if (!token.isMark) {
      words.push(token);
      continue;
    }
    const top = stack.at(-1);
    if (top === undefined || ++count > directivesMax) break;
    if (token.text === ';') {
      if (words.length > 0) top.directives.push(directiveOf(words, null));
      words = [];
    } else if (token.text === '{') {
      if (stack.length > depthMax) problems.push({ line: token.line, message: 'Blocks are nested too deeply.' });
      stack.push({ directives: [], head: words });
      words = [];
    } else {
      if (words.length > 0) problems.push({ line: words[0]?.line ?? token.line, message: 'A directive does not end in a semicolon.' });
      words = [];
      if (stack.length === 1) problems.push({ line: token.line, message: 'A brace closes nothing.' });
      else close(stack);
    }
  }
  if (words.length > 0) problems.push({ line: words[0]?.line ?? 1, message: 'A directive does not end in a semicolon.' });
  while (stack.length > 1) {
    problems.push({ line: stack.at(-1)?.head[0]?.line ?? 1, message: 'A block is not closed.' });
    close(stack);
  }
  return { directives: stack[0]?.directives ?? [], problems };
}

function close(stack: { directives: Directive[]; head: readonly Token[] }[]): void {
  const done = stack.pop();
  if (done !== undefined && done.head.length > 0) stack.at(-1)?.directives.push(directiveOf(done.head, done.directives));
}

function directiveOf(words: readonly Token[], block: readonly Directive[] | null): Directive {
  const [name, ...rest] = words;
  return { name: name?.text ?? '', words: rest.map(({ text }) => text), block, line: name?.line ?? 1 };
}

function* tokens(text: string): Generator<Token> {
  const pattern =
    /(\n)|[ \t\r]+|#[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([;{}])|((?:\$\{[^}\n]*\}|\\.|[^\s;{}"'\\])(?:\$\{[^}\n]*\}|\\.|[^\s;{}\\]|\{[\d,]+\})*)|[\s\S]/g;
  let line = 1;
  for (const match of text.matchAll(pattern)) {
    const [whole, , double, single, mark, word] = match;
    const from = line;
    if (whole.includes('\n')) line += whole.split('\n').length - 1;
    const quoted = double ?? single;
    if (quoted !== undefined) yield { text: quoted.replace(/\\(["'\\])/g, '$1'), line: from, isMark: false };
    else if (mark !== undefined) yield { text: mark, line: from, isMark: true };
    else if (word !== undefined) yield { text: word, line: from, isMark: false };
  }
}
