/** The known name that a mistyped one was probably meant to be. */

/** Nearest by edits (insert, delete, replace, swap neighbours); null when none is within a third of the length. */
export function nearestName(name: string, known: readonly string[]): string | null {
  const typed = plain(name);
  let best: { readonly name: string; readonly edits: number } | null = null;
  for (const candidate of known) {
    const edits = editDistance(typed, plain(candidate));
    if (best === null || edits < best.edits) best = { name: candidate, edits };
  }
  return best !== null && best.edits <= Math.max(1, Math.floor(Math.max(typed.length, best.name.length) / 3)) ? best.name : null;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '').slice(0, 100);
}

/** Optimal string alignment distance. */
function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const now = [row];
    for (let column = 1; column <= other.length; column++) {
      const replaced = (last[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1);
      let least = Math.min((last[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, replaced);
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (swapped) least = Math.min(least, (before[column - 2] ?? 0) + 1);
      now.push(least);
    }
    before = last;
    last = now;
  }
  return last[other.length] ?? 0;
}
