import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { Document, parse, stringify } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../../config/config-error.js';
import { configJsonSchema } from '../../config/json-schema.js';
import { loadConfig, parseConfig } from '../../config/load-config.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { readSecret, SecretUnreadableError } from '../../providers/secret-ref.js';

const SECRET = 'AKIAverysecret/Value+0123456789';

const GOOD = `connections:
  fsx-prod:
    provider: aws-fsx
    region: eu-west-1
    credentials: { profile: prod }
  sim:
    provider: aws-fsx
    region: eu-west-1
    endpoint: http://127.0.0.1:4566
    pollEvery: 200ms
    credentials:
      accessKeyId: { env: SIM_ID }
      secretAccessKey: { file: /run/secrets/sim }
`;

/** With every section. */
const FULL = `${GOOD}callbacks:
  secret: { file: /run/secrets/callbacks }
  hosts:
    - hooks.example.com:8443
    - { host: localhost, allowPrivate: true, secret: { env: HOOK_SECRET } }
worker:
  drainWithin: 45s
  memory: 1.5GiB
  health: { host: 0.0.0.0, port: 8081 }
  deployment: { name: quiesce, buildId: b7 }
`;

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LETTERS = CAPITALS + CAPITALS.toLowerCase();
const DIGITS = '0123456789';

/** Not `fc.string`, which likes to give words such as "property". */
function key(prefix: string, alphabet: string, length: number): fc.Arbitrary<string> {
  const characters = fc.array(fc.constantFrom(...alphabet.split('')), {
    minLength: length,
    maxLength: length,
  });
  return characters.map((drawn) => prefix + drawn.join(''));
}

/** Keys and passwords in the shapes of the vendors, and of others. */
const secret = fc.oneof(
  key('AKIA', `${CAPITALS}234567`, 16),
  key('', `${LETTERS}${DIGITS}/+`, 40),
  key('LTAI', LETTERS + DIGITS, 20),
  key('', LETTERS + DIGITS, 30),
  key('', CAPITALS + DIGITS, 20),
  key('', `${DIGITS}abcdef`, 32),
  key('ghp_', LETTERS + DIGITS, 36),
  key('Pw', `${LETTERS}${DIGITS}!$%^&*()_+=.,:;@#~?-`, 12),
);

/** What gives the text beside it another meaning, or breaks it. */
const MARKS = [
  ['', ' ', '\n', '\t', ': ', ':', ', ', '"', "'", '{', '}', '[', ']', '- ', '? ', '*', '&', '!', '!!', '%'],
  ['|', '>', '@', '`', '#', ' #', '\\x', '"\\x', '\n%', '\n---\n', '\n- ', '\n  ', '://u:', '@h', '<<: *'],
  ['!!binary '],
].flat();

function* placesOf(content: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof content !== 'object' || content === null) return;
  for (const [name, value] of Object.entries(content)) {
    // An element of a list has no key that a secret could stand for.
    if (!Array.isArray(content)) yield [...path, name];
    yield* placesOf(value, [...path, name]);
  }
}

function messageOf(text: string): string {
  try {
    parseConfig(text, '/etc/q.yaml');
    return '';
  } catch (thrown) {
    assert.ok(thrown instanceof ConfigError, String(thrown));
    assert.equal(thrown.cause, undefined);
    return thrown.message;
  }
}

/** No eight characters of it, in whatever case. */
function assertHidden(hidden: string, message: string): void {
  const told = message.toLowerCase();
  for (let at = 0; at + 8 <= hidden.length; at++) {
    assert.ok(!told.includes(hidden.slice(at, at + 8).toLowerCase()), `${hidden} is in: ${message}`);
  }
}

function problemsOf(text: string): string {
  try {
    parseConfig(text, '/etc/q.yaml');
  } catch (thrown) {
    assert.ok(thrown instanceof ConfigError, String(thrown));
    return thrown.message;
  }
  return assert.fail('it was accepted');
}

describe('config', () => {
  it('gives connections with settings and pacing', () => {
    const { connections } = parseConfig(GOOD, 'q.yaml');
    assert.deepEqual([...connections.keys()], ['fsx-prod', 'sim']);
    assert.deepEqual(connections.get('sim')!.pacing, [{ everyMs: 200 }]);
    const prod = connections.get('fsx-prod')!;
    assert.equal(prod.pacing, prod.provider.pacing);
    assert.deepEqual(prod.settings, { region: 'eu-west-1', credentials: { profile: 'prod' } });
  });

  it("takes an account's own quotas in the place of the vendor's, each for itself", () => {
    const quotas = '    quotas: { CancelDataRepositoryTask: { calls: 60, per: 1m } }\n';
    const { connections } = parseConfig(GOOD + quotas, 'q.yaml');
    assert.deepEqual(connections.get('sim')!.quotas, {
      CancelDataRepositoryTask: { calls: 60, perMs: 60_000 },
      DescribeDataRepositoryTasks: null,
    });
    const prod = connections.get('fsx-prod')!;
    assert.deepEqual(prod.quotas, prod.provider.operations);
    const lifted = parseConfig(GOOD + quotas.replace(/\{ calls.*?\}/, 'null'), 'q.yaml');
    assert.equal(lifted.connections.get('sim')!.quotas['CancelDataRepositoryTask'], null);
  });

  it('takes connections for the same that differ in quotas alone', () => {
    const twin = `connections:
  a: { provider: aws-fsx, region: eu-west-1 }
  b: { provider: aws-fsx, region: eu-west-1, quotas: { CancelDataRepositoryTask: null } }
`;
    assert.match(problemsOf(twin), /connections\.b is the same as "a"/);
  });

  it('gives the hosts of callbacks in order, each with a secret', () => {
    const hosts = '["*.example.com:8443", { host: "localhost", allowInsecure: true, secret: { env: B } }]';
    const { callbacks } = parseConfig(
      `${GOOD}callbacks: { hosts: ${hosts}, secret: { env: A } }\n`,
      'q.yaml',
    );
    const closed = { allowPrivate: false, allowInsecure: false };
    assert.deepEqual(callbacks?.hosts, [
      {
        hostname: 'example.com',
        isWildcard: true,
        port: 8443,
        ...closed,
        secret: { env: 'A' },
        secretSetting: 'callbacks.secret',
      },
      {
        hostname: 'localhost',
        isWildcard: false,
        ...closed,
        allowInsecure: true,
        secret: { env: 'B' },
        secretSetting: 'callbacks.hosts.1.secret',
      },
    ]);
    assert.equal(parseConfig(GOOD, 'q.yaml').callbacks, undefined);
  });

  const wrong: [string, string, RegExp][] = [
    [
      'a quota of an operation there is none of',
      `${GOOD}    quotas: { CancelDataRepositoryTsk: null }\n`,
      /:14:15: connections\.sim\.quotas\.CancelDataRepositoryTsk must be one of CancelDataRepositoryTask, Desc/,
    ],
    [
      'a quota without a time',
      `${GOOD}    quotas: { CancelDataRepositoryTask: { calls: 60 } }\n`,
      /connections\.sim\.quotas\.CancelDataRepositoryTask\.per must be a number and a unit/,
    ],
    [
      'a quota of a number alone',
      `${GOOD}    quotas: { CancelDataRepositoryTask: 60 }\n`,
      /quotas\.CancelDataRepositoryTask must be calls and per, such as \{ calls: 60, per: 1m \}, or null/,
    ],
    [
      'a quota with a time without a unit',
      `${GOOD}    quotas: { CancelDataRepositoryTask: { calls: 60, per: '60' } }\n`,
      /quotas\.CancelDataRepositoryTask\.per must be a number and a unit/,
    ],
    [
      'a quota of no calls',
      `${GOOD}    quotas: { CancelDataRepositoryTask: { calls: 0, per: 1m } }\n`,
      /quotas\.CancelDataRepositoryTask\.calls must be at least 1/,
    ],

    [
      'callbacks without hosts',
      `${GOOD}callbacks: { secret: { env: A } }\n`,
      /:14:1: callbacks\.hosts must be a list of hosts/,
    ],
    [
      'callbacks to no host',
      `${GOOD}callbacks: { hosts: [], secret: { env: A } }\n`,
      /:14:14: callbacks\.hosts must name at least one host/,
    ],
    [
      'a callback host that is a URL',
      `${GOOD}callbacks: { hosts: ["https://hooks.example.com/x"], secret: { env: A } }\n`,
      /callbacks\.hosts\.0\.host must be a host such as hooks\.example\.com/,
    ],
    [
      'a callback host that is everything',
      `${GOOD}callbacks: { hosts: [hooks.example.com, "*"], secret: { env: A } }\n`,
      /callbacks\.hosts\.1\.host must be a host such as/,
    ],
    [
      'a callback host without a secret',
      `${GOOD}callbacks: { hosts: [{ host: a.example, secret: { env: A } }, b.example] }\n`,
      /callbacks\.hosts\.1 has no secret to sign with: give it one of its own, or give one for all/,
    ],
    [
      'a callback secret in the file',
      `${GOOD}callbacks: { hosts: [a.example], secret: ${SECRET} }\n`,
      /callbacks\.secret must be a reference, \{ env: NAME \} or \{ file: \/path \}/,
    ],
    [
      'a misspelt setting of a callback host',
      `${GOOD}callbacks: { hosts: [{ host: a.example, allowPrivat: true }], secret: { env: A } }\n`,
      /callbacks\.hosts\.0\.allowPrivat is not known here/,
    ],
    [
      'callbacks misspelt',
      `${GOOD}callback: { hosts: [a.example], secret: { env: A } }\n`,
      /:14:1: callback is not known here \(did you mean callbacks\?\)/,
    ],
    [
      'a drain that is too short',
      `${GOOD}worker: { drainWithin: 500ms }\n`,
      /worker\.drainWithin must be a number and a unit: .*from 1s to 1h/,
    ],
    ['a memory without a unit', `${GOOD}worker: { memory: 768 }\n`, /worker\.memory must be/],
    [
      'a memory in which no Worker can live',
      `${GOOD}worker: { memory: 320MiB }\n`,
      /worker\.memory must be a number and a unit: 768MiB or 1\.5GiB, and at least 448MiB, which is what a Worker needs/,
    ],
    [
      'a deployment whose name has a dot',
      `${GOOD}worker: { deployment: { name: a.b } }\n`,
      /worker\.deployment\.name must be at most 63 letters, digits, dashes and underscores/,
    ],
    ['health without a port', `${GOOD}worker: { health: {} }\n`, /worker\.health\.port is missing/],
    [
      'a misspelt setting of the Workers',
      `${GOOD}worker: { drainWithn: 5s }\n`,
      /worker\.drainWithn is not known here \(did you mean drainWithin\?\)/,
    ],
    ['an empty file', '', /^\/etc\/q\.yaml:1:1: has no connections/],
    ['a list', '- a', /must hold "connections:"/],
    ['no connections', 'connections: {}', /:1:1: connections has no connections/],
    ['broken YAML', 'connections: {', /^\/etc\/q\.yaml:1:\d+: is no valid YAML/],
    ['a duplicate key', 'connections: {}\nconnections: {}', /:2:1: is no valid YAML: keys must be unique/],
    ['an alias to nothing', `a: *${SECRET}`, /:1:1: uses YAML aliases that cannot be resolved/],
    [
      'an unknown top key',
      `conections: {}\n${GOOD}`,
      /:1:1: conections is not known here \(did you mean connections\?\)/,
    ],
    [
      'an unknown key',
      GOOD.replace('pollEvery', 'polEvery'),
      /:10:5: connections\.sim\.polEvery is not known here \(did you mean pollEvery\?\); allowed: .*region/,
    ],
    [
      'an unknown provider',
      GOOD.replace('aws-fsx', 'aws-fxs'),
      /:3:5: connections\.fsx-prod\.provider "aws-fxs" is not known \(did you mean aws-fsx\?\)/,
    ],
    [
      'a provider misspelt',
      'connections: { a: { provder: aws-fsx } }',
      /connections\.a\.provder is not known here \(did you mean provider\?\)/,
    ],
    ['no provider', 'connections: { a: { region: x } }', /connections\.a needs "provider:", one of aws-fsx/],
    [
      'a missing setting',
      GOOD.replace('    region: eu-west-1\n', ''),
      /connections\.fsx-prod\.region is missing/,
    ],
    [
      'a setting of the wrong type',
      GOOD.replace('region: eu-west-1', 'region: 7'),
      /:4:5: connections\.fsx-prod\.region must be a string/,
    ],
    [
      'no region',
      GOOD.replace('eu-west-1', 'Ireland'),
      /connections\.fsx-prod\.region must be an AWS region such as eu-west-1/,
    ],
    [
      'a poll without a unit',
      GOOD.replace('200ms', '"200"'),
      /connections\.sim\.pollEvery must be a number and a unit/,
    ],
    [
      'a name in capitals',
      GOOD.replace('sim:', 'SIM:'),
      /:6:3: connections\.\(not shown\) is no name for a connection/,
    ],
    [
      'a name that looks like a key',
      GOOD.replace('sim:', '0123456789abcdef0123456789abcdef:'),
      /:6:3: connections\.\(not shown\) is no name for a connection: .*look like a key/,
    ],
    [
      'an unknown key that is like no other',
      GOOD.replace('pollEvery', SECRET),
      /:10:5: connections\.sim\.\(not shown\) is not known here; allowed: .*region/,
    ],
    [
      'a known key with the start of a secret after it',
      GOOD.replace('secretAccessKey', 'secretAccessKeyAbCdE'),
      /:13:7: connections\.sim\.credentials\.\(not shown\) is not known here\./,
    ],
    [
      'an unknown key inside a setting',
      GOOD.replace('accessKeyId', 'acessKeyId'),
      /:12:7: connections\.sim\.credentials\.acessKeyId is not known here/,
    ],
    [
      'a provider that is like no other',
      GOOD.replace('aws-fsx', SECRET),
      /:3:5: connections\.fsx-prod\.provider is not known; known: aws-fsx/,
    ],
    [
      'a user and password in an endpoint',
      GOOD.replace('http://', `http://me:${SECRET}@`),
      /:9:5: connections\.sim\.endpoint must be scheme, host and port alone/,
    ],
    [
      'a path in an endpoint',
      GOOD.replace(':4566', `:4566/${SECRET}`),
      /:9:5: connections\.sim\.endpoint must be scheme, host and port alone/,
    ],
    [
      'a secret written inline',
      GOOD.replace('{ env: SIM_ID }', SECRET),
      /connections\.sim\.credentials\.accessKeyId must be a reference/,
    ],
    [
      'a secret inside a reference',
      GOOD.replace('env: SIM_ID', `value: ${SECRET}`),
      /connections\.sim\.credentials\.accessKeyId must be a reference/,
    ],
    [
      'a key id in the place of a variable',
      GOOD.replace('SIM_ID', 'AKIAIOSFODNN7EXAMPLE'),
      /connections\.sim\.credentials\.accessKeyId\.env must be the name of an environment variable/,
    ],
  ];
  for (const [name, text, message] of wrong) {
    it(`refuses ${name}, and says where`, () => {
      const problems = problemsOf(text);
      assert.match(problems, message);
      assert.ok(!problems.includes(SECRET), 'it repeats the secret');
    });
  }

  it('reads how Workers end and say how they are, with defaults', () => {
    const defaults = parseConfig(GOOD, '/etc/q.yaml').worker;
    assert.deepEqual(defaults, { drainWithinMs: 30_000 });
    const { worker } = parseConfig(FULL, '/etc/q.yaml');
    assert.deepEqual(worker, {
      drainWithinMs: 45_000,
      memoryBytes: 1.5 * 2 ** 30,
      health: { host: '0.0.0.0', port: 8081 },
      deployment: { name: 'quiesce', buildId: 'b7', oldRuns: 'upgrade' },
    });
    const { health } = parseConfig(`${GOOD}worker: { health: { port: 1 } }\n`, '/etc/q.yaml').worker;
    assert.deepEqual(health, { host: '127.0.0.1', port: 1 });
  });

  it('tells all problems at once', () => {
    const text = GOOD.replace('eu-west-1', 'Ireland').replace('200ms', 'often');
    assert.equal(problemsOf(text).split('\n').length, 2);
  });

  it('refuses two names for one account and region', () => {
    const settings = '{ provider: aws-fsx, region: eu-west-1 }';
    assert.match(
      problemsOf(`connections:\n  one: ${settings}\n  two: ${settings}\n`),
      /connections\.two is the same as "one"/,
    );
  });

  it('takes two writings of one endpoint for one', () => {
    const settings = (endpoint: string) =>
      `{ provider: aws-fsx, region: eu-west-1, endpoint: "${endpoint}" }`;
    assert.match(
      problemsOf(
        `connections:\n  one: ${settings('https://fsx.example')}\n  two: ${settings('HTTPS://fsx.example:443/')}\n`,
      ),
      /connections\.two is the same as "one"/,
    );
  });

  it('never fails in another way, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        problemsOf(text);
      }),
    );
  });

  it('is found by path, then QUIESCE_CONFIG, then in the working directory', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'quiesce-config-'));
    for (const name of ['a', 'b', 'quiesce.config']) await writeFile(join(cwd, `${name}.yaml`), GOOD);
    const env = { QUIESCE_CONFIG: 'b.yaml' };
    const paths = await Promise.all([
      loadConfig({ cwd, env, path: 'a.yaml' }),
      loadConfig({ cwd, env }),
      loadConfig({ cwd, env: {} }),
    ]);
    assert.deepEqual(
      paths.map(({ path }) => path),
      ['a', 'b', 'quiesce.config'].map((name) => join(cwd, `${name}.yaml`)),
    );
    await assert.rejects(
      loadConfig({ cwd, env: {}, path: 'none.yaml' }),
      /none\.yaml does not exist: create it/,
    );
    await rm(cwd, { recursive: true });
  });

  it('has the JSON Schema that is published (else: npm run schema)', async () => {
    const published = await readFile(
      join(import.meta.dirname, '../../../schema/quiesce.config.schema.json'),
      'utf8',
    );
    assert.deepEqual(JSON.parse(published), JSON.parse(JSON.stringify(configJsonSchema())));
  });
});

describe('a secret written into the config', () => {
  it('is never repeated, wherever it stands and whatever else is broken', (t) => {
    const warnings = t.mock.method(process, 'emitWarning', () => {});
    const document = fc.constantFrom(FULL, stringify(parse(FULL), { collectionStyle: 'flow' }));
    const splice = fc.record({
      document,
      at: fc.nat(FULL.length),
      inPlaceOf: fc.oneof(fc.constant(0), fc.nat(30)),
      before: fc.constantFrom(...MARKS),
      after: fc.constantFrom(...MARKS),
      cutOff: fc.boolean(),
    });
    fc.assert(
      fc.property(secret, splice, (hidden, { document: text, at, inPlaceOf, before, after, cutOff }) => {
        const rest = cutOff ? '' : text.slice(at + inPlaceOf);
        assertHidden(hidden, messageOf(text.slice(0, at) + before + hidden + after + rest));
      }),
      { numRuns: 10_000 },
    );
    assert.equal(warnings.mock.callCount(), 0);
  });

  it('is never repeated as a key or value, at any depth', (t) => {
    const warnings = t.mock.method(process, 'emitWarning', () => {});
    const places = [...placesOf(parse(FULL))];
    const shape = fc.constantFrom<(hidden: string) => unknown>(
      (hidden) => hidden,
      (hidden) => [hidden],
      (hidden) => ({ [hidden]: 'x' }),
      (hidden) => ({ env: hidden }),
      (hidden) => ({ file: hidden }),
      (hidden) => ({ provider: 'aws-fsx', region: hidden, [hidden]: { [hidden]: hidden } }),
      (hidden) => new Map([[{ [hidden]: hidden }, hidden]]),
    );
    const style = fc.constantFrom('block', 'flow', 'any' as const);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom(...places),
        shape,
        fc.constantFrom('value', 'key', 'sibling'),
        style,
        (hidden, place, shaped, as, collectionStyle) => {
          const content = new Document(parse(FULL));
          const parent = place.slice(0, -1);
          const value: unknown = content.getIn(place);
          if (as === 'value') content.setIn(place, content.createNode(shaped(hidden)));
          if (as === 'key') content.deleteIn(place);
          if (as !== 'value') content.addIn([...parent, hidden], as === 'key' ? value : shaped(hidden));
          assertHidden(hidden, messageOf(content.toString({ collectionStyle })));
        },
      ),
      { numRuns: 3_000 },
    );
    assert.equal(warnings.mock.callCount(), 0);
  });

  for (const { id, settings } of ALL_PROVIDERS) {
    it(`${id}: what \`quiesce connections\` shows of it takes none`, () => {
      const { endpoint, region } = settings.shape;
      fc.assert(
        fc.property(secret, (hidden) => {
          for (const wrong of [hidden, `https://${hidden}@h`, `https://u:${hidden}@h`, `https://h/${hidden}`])
            if (endpoint !== undefined) assert.equal(z.safeParse(endpoint, wrong).success, false);
          if (region !== undefined) assert.equal(z.safeParse(region, hidden).success, false);
        }),
      );
    });
  }
});

describe('secrets by reference', () => {
  it('are read anew from a variable or a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-secret-'));
    const file = join(folder, 'secret');
    await writeFile(file, `${SECRET}\n`);
    assert.equal(await readSecret({ file }, 'password'), SECRET);
    await writeFile(file, 'rotated');
    assert.equal(await readSecret({ file }, 'password'), 'rotated');
    await rm(folder, { recursive: true });
    assert.equal(await readSecret({ env: 'A' }, 'password', { A: SECRET }), SECRET);
  });

  it('that are not there are told by the setting that refers to them, never by what stands in it', async () => {
    const empty = join(tmpdir(), `quiesce-empty-${process.pid}`);
    await writeFile(empty, '\n');
    for (const [ref, message] of [
      [{ env: SECRET }, 'The environment variable that credentials.password names is not set or empty.'],
      [{ file: SECRET }, 'The file that credentials.password names cannot be read (ENOENT).'],
      [
        { file: `\0${SECRET}` },
        'The file that credentials.password names cannot be read (ERR_INVALID_ARG_VALUE).',
      ],
      [{ file: empty }, 'The file that credentials.password names is empty.'],
    ] as const) {
      await assert.rejects(readSecret(ref, 'credentials.password', {}), (thrown: unknown) => {
        assert.ok(thrown instanceof SecretUnreadableError);
        assert.equal(thrown.message, message);
        assert.ok(!inspect(thrown).includes(SECRET));
        return true;
      });
    }
    await rm(empty);
  });
});
