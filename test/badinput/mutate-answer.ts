import { gzipSync } from 'node:zlib';
import fc from 'fast-check';

/** One HTTP answer, as bytes. */
export interface Wire {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One thing that is wrong with an answer; plain data, so that a failure shows it. */
export type Mutation =
  | { readonly of: 'json'; readonly op: JsonOp; readonly at: number; readonly value: keyof typeof JUNK }
  | { readonly of: 'text'; readonly op: keyof typeof TEXT_OPS; readonly share: number }
  | { readonly of: 'charset'; readonly bytes: keyof typeof NO_UTF8; readonly share: number }
  | { readonly of: 'status'; readonly status: number }
  | { readonly of: 'header'; readonly name: string; readonly value: string; readonly times: number }
  | { readonly of: 'harmless'; readonly op: keyof typeof HARMLESS_OPS };

const JSON_OPS = [
  'delete',
  'set',
  'wrap',
  'rename',
  'duplicate',
  'empty',
  'alter',
  'otherTask',
  'nextPage',
] as const;
type JsonOp = (typeof JSON_OPS)[number];

const DEPTH = 50_000;
const OBJECTS = `${'{"a":'.repeat(DEPTH)}0${'}'.repeat(DEPTH)}`;
const LISTS = `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`;

/** Values that no vendor gives, by name. None is a word that one knows: a true word in the place of another cannot be noticed. */
const JUNK = {
  null: null,
  true: true,
  zero: 0,
  negative: -1,
  fraction: 0.5,
  huge: 1e308,
  empty: '',
  blank: ' ',
  word: 'NEVER HEARD OF',
  proto: '__proto__',
  constructor: 'constructor',
  toString: 'toString',
  nul: '\u0000',
  surrogate: '\ud800',
  lines: 'a\nb\r\nc',
  long: 'x'.repeat(20_000),
  // Of signs that are part of no word: what is looked for between words, is looked for at each of them.
  dashes: '-'.repeat(150_000),
  chinese: '目'.repeat(150_000),
  list: [],
  object: {},
  listOfNull: [null],
  listOfList: [[]],
  objectOfOne: { a: 1 },
  /** In its place comes an object in an object, so many times that no recursion survives it. */
  deep: 'QUIESCE_TEST_DEEP',
  /** Likewise, of lists. */
  deepList: 'QUIESCE_TEST_LISTS',
  /** What becomes no text: JavaScript asks these two how. */
  noText: { toString: 0, valueOf: 0 },
} as const satisfies Record<string, unknown>;

/** Bytes that are no UTF-8, as of a gateway that answers in another charset, or cuts a message by bytes. */
const NO_UTF8 = {
  latin1: Buffer.from('für', 'latin1'),
  /** 已取消. */
  gbk: Buffer.from([0xd2, 0xd1, 0xc8, 0xa1, 0xcf, 0xfb]),
  /** 誠, whose second byte is a backslash: the quote after it ends nothing. */
  gbkBackslash: Buffer.from([0xd5, 0x5c]),
  cutSign: Buffer.from('目').subarray(0, 2),
  overlong: Buffer.from([0xc0, 0xaf]),
  surrogate: Buffer.from([0xed, 0xa0, 0x80]),
  noSign: Buffer.from([0x80, 0xfe, 0xff]),
} as const;

/** At the end of one of an answer's JSON strings, names of fields included. */
function putInText(body: Buffer, share: number, bytes: Buffer): Buffer {
  // As Latin-1, a byte is a character: what is matched where, is there in the bytes.
  const texts = [...body.toString('latin1').matchAll(/"(?:[^"\\]|\\.)*"/g)];
  const text = texts[Math.floor(share * texts.length)];
  if (text === undefined) return body;
  const end = text.index + text[0].length - 1;
  return Buffer.concat([body.subarray(0, end), bytes, body.subarray(end)]);
}

const TEXT_OPS = {
  truncated: (body: Buffer, share: number) => body.subarray(0, Math.floor(body.length * share)),
  empty: () => Buffer.alloc(0),
  html: () => Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>'),
  null: () => Buffer.from('null'),
  inArray: (body: Buffer) => Buffer.concat([Buffer.from('['), body, Buffer.from(']')]),
  inText: (body: Buffer) => Buffer.from(JSON.stringify(body.toString())),
  twice: (body: Buffer) => Buffer.concat([body, body]),
  garbageAfter: (body: Buffer) => Buffer.concat([body, Buffer.from([0, 0xff, 0xfe])]),
  oneByte: (body: Buffer, share: number) => {
    const changed = Buffer.from(body);
    if (changed.length > 0) changed[Math.floor(share * (changed.length - 1))] = 0x22; // A quote: it breaks a text.
    return changed;
  },
  utf16: (body: Buffer) => Buffer.from(body.toString(), 'utf16le'),
  gzip: (body: Buffer) => gzipSync(body),
  padded: (body: Buffer) => Buffer.concat([body, Buffer.alloc(200_000, 'x')]),
} as const satisfies Record<string, (body: Buffer, share: number) => Buffer>;

/** What changes nothing of what an answer says. */
const HARMLESS_OPS = {
  extraField: (body: Buffer) => body.toString().replace(/^\{/, '{"QuiesceTest":{"Status":"CANCELED"},'),
  prototype: (body: Buffer) =>
    body.toString().replace(/^\{/, '{"__proto__":{"Status":"CANCELED","NextToken":"x"},'),
  byteOrderMark: (body: Buffer) => `\uFEFF${body.toString()}`,
  whitespace: (body: Buffer) => `\r\n\t ${body.toString()} \n`,
} as const satisfies Record<string, (body: Buffer) => string>;

/** Without 1xx: those are no answers. */
const STATUSES = [
  200, 201, 202, 203, 204, 206, 226, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 408, 409, 410,
  413, 418, 422, 425, 429, 431, 451, 499, 500, 501, 502, 503, 504, 511, 520, 599, 600, 999,
];

/** Name, value, and how often it is repeated. */
const HEADERS: readonly (readonly [string, string, number?])[] = [
  ['content-type', 'text/html'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', 'application/xml'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'br'],
  ['retry-after', '1e99'],
  ['retry-after', '-1'],
  ['retry-after', '99999999999999999999'],
  ['x-acs-retry-after', '99999999999999999999'],
  ['x-amz-retry-after', '1e308'],
  ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ['date', 'soon'],
  ['x-request-id', 'r', 12_000],
  ['x-amzn-requestid', 'r', 12_000],
  ['x-acs-request-id', 'r', 12_000],
  ['x-amzn-errortype', 'e', 12_000],
  ['content-length', '1'],
  ['location', 'http://127.0.0.1:1/'],
];

const NASTY = [
  'dashes',
  'chinese',
  'long',
  'deep',
  'deepList',
  'noText',
  'surrogate',
  'object',
  'null',
] as const;

/** One value of an answer's JSON, for one of the worst. */
export function nastyValue(): fc.Arbitrary<Mutation> {
  return fc.record({
    of: fc.constant('json' as const),
    op: fc.constant('set' as const),
    at: fc.nat(60),
    value: fc.constantFrom(...NASTY),
  });
}

/** One text of an answer's JSON, in another charset than it should be. */
export function wrongCharset(): fc.Arbitrary<Mutation> {
  return fc.record({
    of: fc.constant('charset' as const),
    bytes: fc.constantFrom(...(Object.keys(NO_UTF8) as (keyof typeof NO_UTF8)[])),
    share: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
}

export function mutation(): fc.Arbitrary<Mutation> {
  const json = fc.record({
    of: fc.constant('json' as const),
    op: fc.constantFrom(...JSON_OPS),
    at: fc.nat(500),
    value: fc.constantFrom(...(Object.keys(JUNK) as (keyof typeof JUNK)[])),
  });
  return fc.oneof(
    { weight: 10, arbitrary: json },
    {
      weight: 3,
      arbitrary: fc.record({
        of: fc.constant('text' as const),
        op: fc.constantFrom(...(Object.keys(TEXT_OPS) as (keyof typeof TEXT_OPS)[])),
        share: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
    },
    { weight: 2, arbitrary: wrongCharset() },
    {
      weight: 2,
      arbitrary: fc.record({ of: fc.constant('status' as const), status: fc.constantFrom(...STATUSES) }),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(...HEADERS)
        .map(([name, value, times = 1]) => ({ of: 'header' as const, name, value, times })),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        of: fc.constant('harmless' as const),
        op: fc.constantFrom(...(Object.keys(HARMLESS_OPS) as (keyof typeof HARMLESS_OPS)[])),
      }),
    },
  );
}

/** @param ids of tasks that there are: one is put in the place of another. */
export function mutate(wire: Wire, change: Mutation, ids: readonly string[]): Wire {
  if (change.of === 'status') return { ...wire, status: change.status };
  if (change.of === 'header') {
    const { name, value, times } = change;
    return { ...wire, headers: { ...wire.headers, [name]: value.repeat(times) } };
  }
  return { ...wire, body: Buffer.from(changedBody(wire.body, change, ids)) };
}

function changedBody(
  body: Buffer,
  change: Exclude<Mutation, { of: 'status' | 'header' }>,
  ids: readonly string[],
): Buffer | string {
  if (change.of === 'text') return TEXT_OPS[change.op](body, change.share);
  if (change.of === 'charset') return putInText(body, change.share, NO_UTF8[change.bytes]);
  return change.of === 'harmless' ? HARMLESS_OPS[change.op](body) : changeJson(body, change, ids);
}

interface Place {
  readonly parent: Record<string | number, unknown>;
  readonly key: string | number;
}

function changeJson(
  body: Buffer,
  { op, at, value }: Extract<Mutation, { of: 'json' }>,
  ids: readonly string[],
): Buffer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    return Buffer.from(JSON.stringify(JUNK[value])); // Not JSON, such as an empty body: the value alone.
  }
  const root = { value: parsed };
  const places = [...placesIn(root)];
  const isOther = ({ parent, key }: Place) => ids.includes(String(parent[key]));
  const fitting = op === 'otherTask' ? places.filter(isOther) : places;
  if (op === 'nextPage' && typeof parsed === 'object')
    Object.assign(parsed ?? {}, { NextToken: JUNK[value] });
  const place = op === 'nextPage' ? undefined : fitting[at % Math.max(1, fitting.length)];
  if (place !== undefined) changeAt(place, op, JUNK[value], ids);
  const text = JSON.stringify(root.value) ?? '';
  return Buffer.from(
    text.replace(JSON.stringify(JUNK.deep), OBJECTS).replace(JSON.stringify(JUNK.deepList), LISTS),
  );
}

function* placesIn(parent: unknown): Generator<Place> {
  if (typeof parent !== 'object' || parent === null) return;
  for (const key of Array.isArray(parent) ? parent.keys() : Object.keys(parent)) {
    const place = { parent: parent as Place['parent'], key };
    yield place;
    yield* placesIn(place.parent[key]);
  }
}

function changeAt({ parent, key }: Place, op: JsonOp, value: unknown, ids: readonly string[]): void {
  const before = parent[key];
  const put = (after: unknown) => void (parent[key] = after);
  const inArray = Array.isArray(parent) && typeof key === 'number';
  if (op === 'delete') return inArray ? void parent.splice(key, 1) : void delete parent[key];
  if (op === 'set') return put(value);
  if (op === 'wrap') return put([before]);
  if (op === 'otherTask') return put(ids.find((id) => id !== before) ?? before);
  if (op === 'duplicate' && Array.isArray(before)) return put([...before, ...before]);
  if (op === 'duplicate' && inArray) return void parent.splice(key, 0, structuredClone(before));
  if (op === 'empty') return put(emptied(before));
  if (op === 'rename' && !inArray) {
    delete parent[key];
    return void (parent[`${key}x`] = before);
  }
  put(altered(before));
}

function emptied(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value === 'object' && value !== null) return {};
  return typeof value === 'string' ? '' : 0;
}

function altered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1_000_000;
  if (typeof value === 'boolean') return !value;
  return typeof value === 'string' ? `${value.slice(0, -1)}~` : String(value);
}

/** The same answer with a field more, in which are so many bytes. */
export function withField({ body, ...wire }: Wire, bytes: number): Wire {
  const answer = JSON.parse(body.toString()) as object;
  return { ...wire, body: Buffer.from(JSON.stringify({ QuiesceTest: 'x'.repeat(bytes), ...answer })) };
}

/** The same answer with the rows of its longest list again and again, until it has so many bytes. */
export function withRows({ body, ...wire }: Wire, bytes: number): Wire {
  const root = { value: JSON.parse(body.toString()) as unknown };
  const lists = [...placesIn(root)].filter(({ parent, key }) => Array.isArray(parent[key]));
  const sizeOf = ({ parent, key }: Place) => JSON.stringify(parent[key]).length;
  const [longest] = lists.sort((one, other) => sizeOf(other) - sizeOf(one));
  if (longest === undefined) throw new Error(`no list in ${body.toString().slice(0, 500)}`);
  const rows = longest.parent[longest.key] as unknown[];
  // One after the other, they have a comma in place of their brackets.
  const times = Math.ceil(bytes / (sizeOf(longest) - 1)) + 1;
  longest.parent[longest.key] = Array.from({ length: times }, () => rows).flat();
  return { ...wire, body: Buffer.from(JSON.stringify(root.value)) };
}
