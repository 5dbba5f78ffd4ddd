import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { PUBLISHED_WORKFLOWS } from '../publish/contract-messages.js';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Messages held against the published schemas, as somebody does who has nothing else of ours. */
export class ContractSchemas {
  readonly #ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  /** The types that anything was held against. */
  readonly used = new Set<string>();

  constructor() {
    for (const { file } of PUBLISHED_WORKFLOWS)
      this.#ajv.addSchema(JSON.parse(readFileSync(join(ROOT, 'schema', file), 'utf8')) as object, file);
  }

  /** What is wrong with a message of that Workflow; nothing when it fits. */
  problems(workflow: string, message: string, direction: 'takes' | 'gives', value: unknown): string[] {
    const published = PUBLISHED_WORKFLOWS.find(({ messages }) => Object.keys(messages)[0] === workflow);
    const type = published?.messages[message]?.[direction];
    assert.ok(published && type, `The contract says nothing of what ${message} of ${workflow} ${direction}.`);
    this.used.add(type);
    const validate = this.#ajv.getSchema(`${published.file}#/$defs/${type}`);
    assert.ok(validate, `${published.file} has no ${type}.`);
    return validate(value) === true
      ? []
      : (validate.errors ?? []).map(({ instancePath, message: what }) => `${type}${instancePath} ${what}`);
  }

  fits(workflow: string, message: string, direction: 'takes' | 'gives', value: unknown): void {
    assert.deepEqual(this.problems(workflow, message, direction, value), [], JSON.stringify(value));
  }
}
