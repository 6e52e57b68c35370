/** Names and texts as software sees them that is lax about spelling. */

const plainName = /^[a-z0-9_-]*$/;

/** Form in which two names or texts are the same to software that is lax about case, width, composition, or what follows a NUL. */
export function folded(text: string): string {
  return plainName.test(text) ? text : (text.split('\0', 1)[0]?.normalize('NFKC').trim().toLowerCase() ?? '');
}
