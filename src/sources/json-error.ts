/** Where JSON text stops being JSON: the runtime's parser says that it does, and not always where. */

/** Offset of the first character that cannot stand where it stands; the length of the text when it ends too early. */
export function jsonErrorOffset(text: string): number {
  /** What closes each open container. */
  const closers: number[] = [];
  let expects: 'value' | 'value-or-close' | 'key' | 'key-or-close' | 'colon' | 'comma-or-close' = 'value';
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      at++;
      continue;
    }
    const isClose = code === 0x7d || code === 0x5d;
    if (isClose) {
      if (!/close/.test(expects) || closers.pop() !== code) return at;
      expects = 'comma-or-close';
      at++;
    } else if (expects === 'colon') {
      if (code !== 0x3a) return at;
      expects = 'value';
      at++;
    } else if (expects === 'comma-or-close') {
      if (code !== 0x2c || closers.length === 0) return at;
      expects = closers.at(-1) === 0x7d ? 'key' : 'value';
      at++;
    } else if (expects === 'key' || expects === 'key-or-close') {
      const end = code === 0x22 ? stringEnd(text, at) : { at, isWhole: false };
      if (!end.isWhole) return end.at;
      expects = 'colon';
      at = end.at;
    } else if (code === 0x7b || code === 0x5b) {
      closers.push(code === 0x7b ? 0x7d : 0x5d);
      expects = code === 0x7b ? 'key-or-close' : 'value-or-close';
      at++;
    } else {
      const end = code === 0x22 ? stringEnd(text, at) : literalEnd(text, at);
      if (!end.isWhole) return end.at;
      expects = 'comma-or-close';
      at = end.at;
    }
  }
  return text.length;
}

interface End {
  /** After the value, or where it breaks. */
  readonly at: number;
  readonly isWhole: boolean;
}

function stringEnd(text: string, from: number): End {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { at: at + 1, isWhole: true };
    if (code < 0x20) return { at, isWhole: false };
    if (code !== 0x5c) continue;
    const escaped = /^(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[0];
    if (escaped === undefined) return { at, isWhole: false };
    at += escaped.length;
  }
  return { at: text.length, isWhole: false };
}

function literalEnd(text: string, from: number): End {
  const literal = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/.exec(text.slice(from, from + 400))?.[0];
  return literal === undefined ? { at: from, isWhole: false } : { at: from + literal.length, isWhole: true };
}
