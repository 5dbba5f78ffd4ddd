import { writeFile } from 'node:fs/promises';
import { configJsonSchema } from './json-schema.js';

/** `npm run schema`: writes the published JSON Schema; a test holds it equal to the code. */
const target = new URL('../../schema/quiesce.config.schema.json', import.meta.url);
await writeFile(target, `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);
