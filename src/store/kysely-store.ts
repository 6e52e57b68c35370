/** The store of one workspace over either engine: the tables put together behind the interface. */
import type { Database } from './database.ts';
import { decisionRecordTables } from './decision-records.ts';
import { exchangeTable } from './exchanges.ts';
import { importTables } from './imports.ts';
import { inventoryTables } from './inventory-tables.ts';
import { pathTables } from './paths.ts';
import { peopleTables } from './people-tables.ts';
import { policyTables } from './policy-tables.ts';
import { postureTables } from './posture-tables.ts';
import type { Store } from './store.ts';

/** What differs by engine beyond its SQL. */
export interface StoreEnds {
  sizeBytes(): Promise<number | null>;
  describeHolder(holder: string): Promise<void>;
  close(): Promise<void>;
}

export function kyselyStore(database: Database, ends: StoreEnds): Store {
  const { put, addRollups, ...paths } = pathTables(database);
  const { append, giveBackSpace, ...exchanges } = exchangeTable(database);
  const { addEvidence, ...decisionRecords } = decisionRecordTables(database);
  return {
    dialect: database.dialect,
    ...ends,
    ...importTables(database, { put, addRollups }, { append, giveBackSpace }, addEvidence),
    ...paths,
    ...exchanges,
    ...decisionRecords,
    ...inventoryTables(database),
    ...postureTables(database),
    ...peopleTables(database),
    ...policyTables(database),
  };
}
