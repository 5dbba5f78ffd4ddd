import proto from '@temporalio/proto';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.js';

const { IndexedValueType } = proto.temporal.api.enums.v1;

/** The part of a Temporal connection that this needs; `Connection` and `NativeConnection` both have it. */
export interface OperatorConnection {
  readonly operatorService: proto.temporal.api.operatorservice.v1.OperatorService;
}

/** The namespace lacks a Search Attribute, or has one of that name with another type. */
export class NotSetUpError extends Error {
  override readonly name = 'NotSetUpError';
}

export interface RegisteredSearchAttributes {
  readonly created: readonly string[];
  readonly present: readonly string[];
}

/**
 * Registers what is missing of Quiesce's Search Attributes; may be run again at any time.
 * @throws NotSetUpError when a name is taken by another type: the server would answer OK and change nothing.
 */
export async function registerSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<RegisteredSearchAttributes> {
  const { missing, present } = await compare(connection, namespace);
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(
      missing.map((name) => [name, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD]),
    );
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  return { created: missing, present };
}

/**
 * Checks that all are registered. A Worker must know before it starts: upserting an unregistered one leaves a Workflow
 * stuck instead of failing it.
 * @throws NotSetUpError that names what is missing and the command that mends it.
 */
export async function verifySearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<void> {
  const { missing } = await compare(connection, namespace);
  if (missing.length === 0) return;
  throw new NotSetUpError(
    `Namespace "${namespace}" has no Search Attribute ${missing.join(', ')}: run \`quiesce setup\` once.`,
  );
}

async function compare(connection: OperatorConnection, namespace: string) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.values(SEARCH_ATTRIBUTES);
  const wrong = names.filter((name) => {
    const type = customAttributes[name];
    return type !== undefined && type !== IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  });
  if (wrong.length > 0) {
    throw new NotSetUpError(
      `Namespace "${namespace}" has ${wrong.join(', ')} with a type other than Keyword: use another namespace, or remove it first.`,
    );
  }
  return {
    missing: names.filter((name) => customAttributes[name] === undefined),
    present: names.filter((name) => customAttributes[name] !== undefined),
  };
}
