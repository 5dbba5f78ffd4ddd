import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPropertySignatureDeclaration } from 'typescript/unstable/ast/is';
import { API, SymbolFlags, type Checker, type Symbol as TsSymbol, type Type } from 'typescript/unstable/sync';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Whether callers send it, with null for what they leave out, or get it. */
export type Direction = 'takes' | 'gives';

/** What a tag of a property becomes; `@maximum LANE_SIZE` may name a constant of the contract. */
const TAGS: Readonly<Record<string, (text: string) => JsonSchema>> = {
  integer: () => ({ type: 'integer' }),
  minimum: (text) => ({ minimum: Number(text) }),
  exclusiveMinimum: (text) => ({ exclusiveMinimum: Number(text) }),
  maximum: (text) => ({ maximum: Number(text) }),
  maxLength: (text) => ({ maxLength: Number(text) }),
  minItems: (text) => ({ minItems: Number(text) }),
  minProperties: (text) => ({ minProperties: Number(text) }),
  pattern: (text) => ({ pattern: text }),
};

/**
 * The contract's types as the compiler sees them. Holds a process of it: to be closed. TypeScript 7 calls this API unstable;
 * its version is pinned, and a test runs all of this.
 */
export class ContractTypes {
  readonly #api: API;
  readonly #checker: Checker;
  readonly #symbols = new Map<string, TsSymbol>();
  readonly #constants = new Map<string, number>();

  private constructor(api: API, checker: Checker) {
    this.#api = api;
    this.#checker = checker;
  }

  /** @param root the checkout, built. */
  static async open(root: string): Promise<ContractTypes> {
    const api = new API({ cwd: root });
    const config = join(root, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`The compiler finds no project ${config}.`);
    const types = new ContractTypes(api, project.checker);
    for (const file of readdirSync(join(root, 'contract'))) {
      const source = project.program.getSourceFile(join(root, 'contract', file));
      const module = source && types.#checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`The compiler finds no module contract/${file}.`);
      for (const symbol of types.#checker.getExportsOfModule(module)) types.#symbols.set(symbol.name, symbol);
      const compiled = pathToFileURL(join(root, 'dist/contract', file.replace(/\.ts$/, '.js'))).href;
      for (const [name, value] of Object.entries((await import(compiled)) as Record<string, unknown>))
        if (typeof value === 'number') types.#constants.set(name, value);
    }
    return types;
  }

  /** The named types and all that they are made of, as `$defs`. */
  definitions(
    wanted: readonly (readonly [name: string, direction: Direction])[],
  ): Record<string, JsonSchema> {
    const made = new Map<string, { readonly direction: Direction; schema: JsonSchema }>();
    const todo = [...wanted];
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      const [name, direction] = next;
      const before = made.get(name);
      if (before === undefined) {
        const refer = (other: string) => void todo.push([other, direction]);
        made.set(name, { direction, schema: this.#definition(name, direction, refer) });
      } else if (before.direction !== direction) {
        throw new Error(`${name} is both sent and got: whether it may hold null is not said.`);
      }
    }
    const sorted = [...made].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([name, { schema }]) => [name, schema]));
  }

  close(): void {
    this.#api.close();
  }

  #definition(name: string, direction: Direction, refer: (name: string) => void): JsonSchema {
    const symbol = this.#symbols.get(name);
    if (symbol === undefined) throw new Error(`The contract has no type ${name}.`);
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    const writer = { direction, refer };
    return { ...this.#documentation(symbol), ...this.#structure(type, writer) };
  }

  /** A reference where the type has a name of the contract's, else what it is made of. */
  #schema(type: Type, writer: Writer): JsonSchema {
    const name = (type.getAliasSymbol() ?? type.getSymbol())?.name;
    if (name === undefined || !this.#symbols.has(name)) return this.#structure(type, writer);
    writer.refer(name);
    return { $ref: `#/$defs/${name}` };
  }

  #structure(type: Type, writer: Writer): JsonSchema {
    if (type.isLiteralType()) return { const: type.value };
    if (type.isIntrinsicType()) return { type: type.intrinsicName };
    if (type.isUnionType()) return this.#union(type.getTypes(), writer);
    if (this.#checker.isArrayType(type) && type.isTypeReference()) {
      const [item] = this.#checker.getTypeArguments(type);
      return { type: 'array', ...(item && { items: this.#schema(item, writer) }) };
    }
    if (type.isObjectType() || type.isIntersectionType()) return this.#object(type, writer);
    throw new Error(`No JSON Schema for ${this.#checker.typeToString(type)}.`);
  }

  #union(types: readonly Type[], writer: Writer): JsonSchema {
    const literals = types.flatMap((type) => (type.isLiteralType() ? [type.value] : []));
    if (literals.length === types.length)
      return literals.every((value) => typeof value === 'boolean') ? { type: 'boolean' } : { enum: literals };
    return oneOf(types.map((type) => this.#schema(type, writer)));
  }

  #object(type: Type, writer: Writer): JsonSchema {
    const [index] = this.#checker.getIndexInfosOfType(type);
    const properties = this.#checker.getPropertiesOfType(type);
    const required = properties.filter((property) => !isOptional(property)).map(({ name }) => name);
    return {
      type: 'object',
      ...(properties.length > 0 && {
        properties: Object.fromEntries(
          properties.map((property) => [property.name, this.#property(property, writer)]),
        ),
      }),
      ...(required.length > 0 && { required }),
      ...(index && { additionalProperties: this.#schema(index.valueType, writer) }),
    };
  }

  #property(property: TsSymbol, writer: Writer): JsonSchema {
    const schema = { ...this.#schema(this.#typeOf(property), writer), ...this.#documentation(property) };
    return isOptional(property) && writer.direction === 'takes' ? orNull(schema) : schema;
  }

  /** As it is declared: without the undefined of what may be left out, which would hide the type's name. */
  #typeOf(property: TsSymbol): Type {
    const declaration = property.valueDeclaration?.resolve();
    const declared =
      declaration !== undefined && isPropertySignatureDeclaration(declaration) && declaration.type
        ? this.#checker.getTypeFromTypeNode(declaration.type)
        : this.#checker.getTypeOfSymbol(property);
    const type = declared && this.#checker.getNonNullableType(declared);
    if (declared === undefined || type === undefined) throw new Error(`${property.name} has no type.`);
    return isOptional(property) ? type : declared;
  }

  /** Its comment and its tags, with the values of constants in place of their names. */
  #documentation(symbol: TsSymbol): JsonSchema {
    const description = this.#told(this.#checker.getDocumentationCommentOfSymbol(symbol));
    const tags = this.#checker.getJsDocTagsOfSymbol(symbol).map(({ name, text = '' }) => {
      const read = TAGS[name];
      if (read === undefined) throw new Error(`No JSON Schema for the tag @${name} of ${symbol.name}.`);
      return read(this.#told(text));
    });
    return Object.assign({}, description === '' ? {} : { description }, ...tags) as JsonSchema;
  }

  #told(text: string): string {
    const values = (name: string) => String(this.#constants.get(name) ?? name);
    return text.replaceAll(/\b[A-Z]+(_[A-Z]+)+\b/g, values).trim();
  }
}

interface Writer {
  readonly direction: Direction;
  readonly refer: (name: string) => void;
}

function isOptional({ flags }: TsSymbol): boolean {
  return (flags & SymbolFlags.Optional) !== 0;
}

function oneOf(schemas: readonly JsonSchema[]): JsonSchema {
  const onlyTypes = schemas.every((schema) => Object.keys(schema).join() === 'type');
  return onlyTypes ? { type: schemas.map(({ type }) => type) } : { anyOf: schemas };
}

/** Callers in other languages send null for what is left out. */
function orNull({ description, ...schema }: JsonSchema): JsonSchema {
  const { type, enum: words } = schema;
  const wider = Array.isArray(words)
    ? { enum: [...(words as unknown[]), null] }
    : typeof type === 'string'
      ? { ...schema, type: [type, 'null'] }
      : { anyOf: [schema, { type: 'null' }] };
  return { ...(description !== undefined && { description }), ...wider };
}
