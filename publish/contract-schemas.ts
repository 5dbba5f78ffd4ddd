import { PUBLISHED_WORKFLOWS, type PublishedWorkflow } from './contract-messages.js';
import { ContractTypes, type Direction, type JsonSchema } from './types-to-schema.js';

/**
 * The JSON Schemas of the contract by file name, made from the types of contract/.
 * @param root the checkout, built.
 */
export async function contractSchemas(root: string): Promise<Record<string, JsonSchema>> {
  const types = await ContractTypes.open(root);
  try {
    return Object.fromEntries(PUBLISHED_WORKFLOWS.map((each) => [each.file, schemaOf(each, types)]));
  } finally {
    types.close();
  }
}

function schemaOf({ file, messages }: PublishedWorkflow, types: ContractTypes): JsonSchema {
  const [[workflow, { takes }] = ['', {}]] = Object.entries(messages);
  const wanted = Object.values(messages).flatMap((message) =>
    (['takes', 'gives'] as const).flatMap((direction): [string, Direction][] => {
      const type = message[direction];
      return type === undefined ? [] : [[type, direction]];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:quiesce:schema:${file.replace('.schema.json', '')}`,
    title:
      takes === undefined ? `Messages of the Workflow ${workflow}` : `The input of the Workflow ${workflow}`,
    ...(takes !== undefined && { $ref: `#/$defs/${takes}` }),
    $defs: types.definitions(wanted),
  };
}
