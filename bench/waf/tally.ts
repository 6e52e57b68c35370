/** Rates per source and category, and the headline over the sets with clear labels. */
import type { LabelledRequest } from './labelled-request.ts';

interface Cell {
  attacks: number;
  caught: number;
  benign: number;
  refused: number;
}

/** Sets that count, as families of like traffic so that a large one does not drown a small one. */
const headline = {
  attack: ['gotestwaf', 'mgm-wcp', 'blazehttp', 'waf-bypass', 'httpparams', 'libinjection', 'patt'],
  real: [['blazehttp'], ['openapi-examples', 'github-webhooks', 'github-fixtures'], ['httpparams']],
  hard: ['artsy-graphql', 'elastic-dsl', 'libinjection', 'gotestwaf', 'mgm-wcp', 'waf-bypass'],
};

export class Tally {
  readonly #bySource = new Map<string, Cell>();
  readonly #byCategory = new Map<string, Cell>();

  add(request: LabelledRequest, isBlocked: boolean): void {
    for (const [table, key] of [
      [this.#bySource, request.source],
      [this.#byCategory, request.category],
    ] as const) {
      const cell = table.get(key) ?? { attacks: 0, caught: 0, benign: 0, refused: 0 };
      table.set(key, cell);
      if (request.label === 'attack') {
        cell.attacks += 1;
        if (isBlocked) cell.caught += 1;
      } else {
        cell.benign += 1;
        if (isBlocked) cell.refused += 1;
      }
    }
  }

  /** False positives stand before misses: they cost more. */
  lines(): string[] {
    const out = ['source                    benign  refused     FPR%  attacks   missed     TPR%'];
    for (const [name, cell] of [...this.#bySource].sort()) out.push(this.#line(name, cell));
    out.push('category (attacks)');
    for (const [name, cell] of [...this.#byCategory].sort()) if (cell.attacks > 0) out.push(this.#line(`  ${name}`, cell));
    const tpr = this.#mean(headline.attack.map((name) => this.#tpr(name)));
    const families = headline.real.map((names) => this.#fpr(names));
    const real = this.#mean(families);
    const hard = this.#mean(headline.hard.map((name) => this.#fpr([name])));
    out.push(
      `headline: real FPR ${percent(real)} (browsing ${percent(families[0] ?? null)} API ${percent(families[1] ?? null)} values ${percent(families[2] ?? null)})` +
        ` hard FPR ${percent(hard)} TPR ${percent(tpr)} BA ${percent(tpr === null || real === null ? null : (tpr + 1 - real) / 2)}`,
    );
    return out;
  }

  #line(name: string, cell: Cell): string {
    const fpr = cell.benign === 0 ? '-' : percent(cell.refused / cell.benign);
    const tpr = cell.attacks === 0 ? '-' : percent(cell.caught / cell.attacks);
    const numbers = [cell.benign, cell.refused].map((value) => String(value).padStart(8)).join(' ');
    return `${name.padEnd(24)}${numbers} ${fpr.padStart(8)} ${String(cell.attacks).padStart(8)} ${String(cell.attacks - cell.caught).padStart(8)} ${tpr.padStart(8)}`;
  }

  #tpr(source: string): number | null {
    const cell = this.#bySource.get(source);
    return cell === undefined || cell.attacks === 0 ? null : cell.caught / cell.attacks;
  }

  #fpr(sources: readonly string[]): number | null {
    let refused = 0;
    let benign = 0;
    for (const source of sources) {
      refused += this.#bySource.get(source)?.refused ?? 0;
      benign += this.#bySource.get(source)?.benign ?? 0;
    }
    return benign === 0 ? null : refused / benign;
  }

  #mean(values: readonly (number | null)[]): number | null {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
  }
}

function percent(share: number | null): string {
  return share === null ? '-' : (share * 100).toFixed(3);
}
