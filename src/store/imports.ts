/** Sources with their checkpoints and documents, and the one transaction in which a step of an import is acknowledged. */
import { StanceError } from '../errors.ts';
import { inParts } from './bulk-upsert.ts';
import type { Database } from './database.ts';
import type { DecisionRecordTables } from './decision-records.ts';
import type { ExchangeTable } from './exchanges.ts';
import type { PathTables } from './paths.ts';
import type { Checkpoint, ImportBatch, Store } from './store.ts';
import { bodyOf, textDigest } from './stored-text.ts';

/** Of the JSON of one document; a 100,000-path specification is about 60 MB. */
const DOCUMENT_CHARS_MAX = 256 * 1024 * 1024;

type ImportMethods = Pick<Store, 'listSources' | 'findCheckpoints' | 'commitImport' | 'deleteSource' | 'listDocuments'>;

export function importTables(
  database: Database,
  paths: Pick<PathTables, 'put' | 'addRollups'>,
  exchanges: Pick<ExchangeTable, 'append' | 'giveBackSpace'>,
  addEvidence: DecisionRecordTables['addEvidence'],
): ImportMethods {
  return {
    listSources: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('sources').select('body').orderBy('imported_ms').orderBy('id').execute();
        return rows.map((row) => bodyOf(row));
      }),

    findCheckpoints: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('checkpoints').selectAll().orderBy('source_id').execute();
        return rows.map(
          (row): Checkpoint => ({
            sourceId: row.source_id,
            prefixHash: row.prefix_hash,
            prefixBytes: row.prefix_bytes,
            line: row.line,
            byteOffset: row.byte_offset,
          }),
        );
      }),

    commitImport(batch) {
      // Made before the transaction begins: what can fail on odd input fails with nothing open.
      const documents = documentRows(batch);
      return database.write(async (db) => {
        await paths.put(db, batch.paths);
        await paths.addRollups(db, batch.rollups);
        await exchanges.append(db, batch.exchanges);
        if (batch.guard !== undefined) await addEvidence(db, batch.guard);
        const last = await db
          .selectFrom('documents')
          .select((eb) => eb.fn.max('seq').as('seq'))
          .executeTakeFirst();
        let seq = last?.seq ?? 0;
        for (const { id, body } of documents) {
          await db
            .insertInto('documents')
            .values({ id, source_id: batch.source.id, seq: ++seq, body })
            .onConflict((conflict) => conflict.column('id').doUpdateSet({ source_id: batch.source.id, body }))
            .execute();
        }
        const source = { imported_ms: Math.round(batch.source.importedMs), body: JSON.stringify(batch.source) };
        await db
          .insertInto('sources')
          .values({ id: batch.source.id, ...source })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(source))
          .execute();
        if (batch.checkpoint !== null) {
          const { sourceId, prefixHash, prefixBytes, line, byteOffset } = batch.checkpoint;
          const place = { prefix_hash: prefixHash, prefix_bytes: prefixBytes, line, byte_offset: byteOffset };
          await db
            .insertInto('checkpoints')
            .values({ source_id: sourceId, ...place })
            .onConflict((conflict) => conflict.column('source_id').doUpdateSet(place))
            .execute();
        }
      });
    },

    async deleteSource(sourceId) {
      await database.write(async (db) => {
        await db.deleteFrom('sources').where('id', '=', sourceId).execute();
        await db.deleteFrom('checkpoints').where('source_id', '=', sourceId).execute();
        await db.deleteFrom('documents').where('source_id', '=', sourceId).execute();
        await db.deleteFrom('exchange_blocks').where('source_id', '=', sourceId).execute();
      });
      await exchanges.giveBackSpace();
    },

    listDocuments: () =>
      database.read(async (db) => {
        const ids = await db.selectFrom('documents').select('id').orderBy('seq').execute();
        const documents = [];
        // Read one part at a time: the texts of all documents together may be large.
        for (const part of inParts(
          ids.map((row) => row.id),
          20,
        )) {
          const rows = await db.selectFrom('documents').select('body').where('id', 'in', part).orderBy('seq').execute();
          for (const row of rows) documents.push(bodyOf<ImportBatch['documents'][number]>(row));
        }
        return documents;
      }),
  };
}

function documentRows(batch: ImportBatch): { id: string; body: string }[] {
  return batch.documents.map((document) => {
    const body = JSON.stringify(document);
    if (body.length > DOCUMENT_CHARS_MAX)
      throw new StanceError('too-large', {
        message: `${document.place.file} holds more than can be kept (${DOCUMENT_CHARS_MAX / 1024 / 1024} MB).`,
        next: 'Split the document, or leave parts out.',
      });
    return { id: textDigest(`${document.place.file}\n${document.service}`), body };
  });
}
