import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigError } from '../../config/config-error.js';
import { configJsonSchema } from '../../config/json-schema.js';
import { loadConfig, parseConfig } from '../../config/load-config.js';
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

  const wrong: [string, string, RegExp][] = [
    ['an empty file', '', /^\/etc\/q\.yaml:1:1: has no connections/],
    ['a list', '- a', /must hold "connections:"/],
    ['no connections', 'connections: {}', /:1:1: connections has no connections/],
    ['broken YAML', 'connections: {', /^\/etc\/q\.yaml:1:\d+: is no valid YAML/],
    ['a duplicate key', 'connections: {}\nconnections: {}', /:2:1: is no valid YAML: .*unique/],
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
      /:6:3: connections\.SIM is no name for a connection/,
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
  ];
  for (const [name, text, message] of wrong) {
    it(`refuses ${name}, and says where`, () => {
      const problems = problemsOf(text);
      assert.match(problems, message);
      assert.ok(!problems.includes(SECRET), 'it repeats the secret');
    });
  }

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

describe('secrets by reference', () => {
  it('are read anew from a variable or a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-secret-'));
    const file = join(folder, 'secret');
    await writeFile(file, `${SECRET}\n`);
    assert.equal(await readSecret({ file }), SECRET);
    await writeFile(file, 'rotated');
    assert.equal(await readSecret({ file }), 'rotated');
    await rm(folder, { recursive: true });
    assert.equal(await readSecret({ env: 'A' }, { A: SECRET }), SECRET);
  });

  it('that are not there are told by their reference', async () => {
    await assert.rejects(readSecret({ env: 'NOT_SET' }, {}), (thrown: unknown) => {
      assert.ok(thrown instanceof SecretUnreadableError);
      assert.match(thrown.message, /NOT_SET is not set/);
      return true;
    });
    await assert.rejects(
      readSecret({ file: '/nowhere/secret' }),
      /\/nowhere\/secret cannot be read \(ENOENT\)/,
    );
  });
});
