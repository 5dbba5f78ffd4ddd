import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { loadTemporalConfig, TemporalConfigError } from '../../setup/load-temporal-config.js';

const CERT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n';
const CA = '-----BEGIN CERTIFICATE-----\nMIIA\n-----END CERTIFICATE-----\n';

describe("Temporal's variables", () => {
  const ours = { ...process.env };
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quiesce-temporal-config-'));
    await writeFile(
      join(folder, 'temporal.toml'),
      '[profile.default]\naddress = "file:7233"\nnamespace = "of-file"\napi_key = "key of the file"\n',
    );
  });
  before(() => writeFile(join(folder, 'none.toml'), '[profile.default]\n'));
  after(() => rm(folder, { recursive: true }));
  afterEach(() => setVariables({}));

  /** In this process, and no other variable of Temporal's. */
  function setVariables(variables: Readonly<Record<string, string>>): void {
    for (const name of Object.keys(process.env)) if (name.startsWith('TEMPORAL_')) delete process.env[name];
    const own = Object.entries(ours).filter(([name]) => name.startsWith('TEMPORAL_'));
    Object.assign(process.env, Object.keys(variables).length > 0 ? variables : Object.fromEntries(own));
  }

  function load(variables: Readonly<Record<string, string>>) {
    setVariables({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml'), ...variables });
    return loadTemporalConfig();
  }

  it('an API key signs in over TLS', () => {
    const { address, namespace, connectionOptions } = load({
      TEMPORAL_ADDRESS: 'eu-west-1.aws.api.temporal.io:7233',
      TEMPORAL_NAMESPACE: 'quiesce.a1b2c',
      TEMPORAL_API_KEY: 'the key',
    });
    assert.deepEqual(
      [address, namespace, connectionOptions.apiKey],
      ['eu-west-1.aws.api.temporal.io:7233', 'quiesce.a1b2c', 'the key'],
    );
    assert.equal(connectionOptions.address, address);
    assert.ok(connectionOptions.tls);
  });

  it('a client certificate and its key come as PEM in variables, with an authority and a name of the server', () => {
    const { connectionOptions } = load({
      TEMPORAL_ADDRESS: 'quiesce.a1b2c.tmprl.cloud:7233',
      TEMPORAL_TLS_CLIENT_CERT_DATA: CERT,
      TEMPORAL_TLS_CLIENT_KEY_DATA: KEY,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: CA,
      TEMPORAL_TLS_SERVER_NAME: 'temporal.example.com',
    });
    const { tls } = connectionOptions;
    assert.ok(typeof tls === 'object' && tls !== null);
    const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();
    assert.equal(text(tls.clientCertPair?.crt), CERT);
    assert.equal(text(tls.clientCertPair?.key), KEY);
    assert.equal(text(tls.serverRootCACertificate), CA);
    assert.equal(tls.serverNameOverride, 'temporal.example.com');
    assert.equal(connectionOptions.apiKey, undefined);
  });

  it('go before the file; without either it is the server of this machine, in the clear', () => {
    const file = { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') };
    const { address, namespace, connectionOptions } = load({ ...file, TEMPORAL_API_KEY: 'another' });
    assert.deepEqual([address, namespace, connectionOptions.apiKey], ['file:7233', 'of-file', 'another']);
    const none = load({});
    assert.deepEqual([none.address, none.namespace], ['localhost:7233', 'default']);
    assert.deepEqual([none.connectionOptions.apiKey, none.connectionOptions.tls], [undefined, undefined]);
  });

  it('a file that is not there is told, for TLS or a key may have been in it', () => {
    const path = join(folder, 'nope.toml');
    assert.throws(() => load({ TEMPORAL_CONFIG_FILE: path, TEMPORAL_ADDRESS: 'localhost:7233' }), {
      name: 'TemporalConfigError',
      message: `The file that TEMPORAL_CONFIG_FILE names, ${path}, does not exist: write it, or unset the variable.`,
    });
  });

  it('what cannot be used is one sentence, without the key', () => {
    const file = { TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') };
    assert.throws(
      () => load({ ...file, TEMPORAL_PROFILE: 'nowhere', TEMPORAL_API_KEY: 'the key' }),
      (thrown: Error) =>
        thrown instanceof TemporalConfigError &&
        /TEMPORAL_PROFILE/.test(thrown.message) &&
        !thrown.message.includes('the key'),
    );
  });
});
