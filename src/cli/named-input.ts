/** An input under another name, or with other neighbours, than the bytes it reads. */
import type { OpenInput } from '../sources/input.ts';

export interface NamedInputParts {
  readonly name: string;
  /** Reads the files beside it; absent = as the input itself does. */
  readonly sibling?: (relative: string) => Promise<Uint8Array>;
}

/** Everything but the name is asked of `input` when it is needed: position and count move while it is read. */
export function namedInput(input: OpenInput, { name, sibling }: NamedInputParts): OpenInput {
  return new Proxy(input, {
    get(target, key) {
      if (key === 'name') return name;
      if (key === 'sibling' && sibling !== undefined) return sibling;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
