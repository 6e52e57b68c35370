/** All controls, in the order of their ids. */
import { assert } from '../assert.ts';
import type { Control } from './control.ts';
import { peopleControls } from './people.ts';
import { processesBuildingControls } from './processes-building.ts';
import { processesEmergencyControls } from './processes-emergency.ts';
import { processesGoverningControls } from './processes-governing.ts';
import { technologyAccessControls } from './technology-access.ts';
import { technologyDataControls } from './technology-data.ts';
import { technologyInventoryControls } from './technology-inventory.ts';
import { technologyTrafficControls } from './technology-traffic.ts';

export const catalogue: readonly Control[] = [
  ...peopleControls,
  ...[...processesEmergencyControls, ...processesBuildingControls, ...processesGoverningControls].sort((a, b) => (a.id < b.id ? -1 : 1)),
  ...technologyInventoryControls,
  ...technologyDataControls,
  ...technologyAccessControls,
  ...technologyTrafficControls,
];

export const controlById: ReadonlyMap<string, Control> = new Map(catalogue.map((control) => [control.id, control]));

/** The control with this id; the id must be one of the catalogue. */
export function controlOf(id: string): Control {
  const control = controlById.get(id);
  assert(control !== undefined, `\`${id}\` is a control of the catalogue`);
  return control;
}
