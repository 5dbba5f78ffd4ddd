import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { contractSchemas } from './contract-schemas.js';

/** `npm run schema`: writes the published JSON Schemas; a test holds them equal to the types. */
const root = resolve(import.meta.dirname, '../..');
for (const [file, schema] of Object.entries(await contractSchemas(root)))
  await writeFile(join(root, 'schema', file), `${JSON.stringify(schema, undefined, 2)}\n`);
