import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { parse } from 'yaml';
import { loadConfig, parseConfig } from '../../config/load-config.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import { startSimulator } from '../../simulator/start-simulator.js';
import {
  filesUnder,
  parseEnv,
  read,
  readCompose,
  readEncryptionCompose,
  ENCRYPTION_COMPOSE,
  ROOT,
  unknownWords,
  withDefaults,
  type Service,
} from '../deploy-files.js';
import { startQuiesce } from '../quiesce-process.js';

const { services, volumes, secrets: passwords } = readCompose();
const encryption = readEncryptionCompose();
const secrets = { ...passwords, ...encryption.secrets };
const ALL = Object.entries({ ...services, codec: encryption.codec });
const OURS = ALL.filter(([, { image }]) => image.startsWith('quiesce:'));
const DEMO = parseEnv(read('deploy/demo/demo.env'));

describe('docker-compose.yml', () => {
  it('has what the deployment needs', () => {
    const always = ALL.filter(([, { profiles }]) => profiles.length === 0).map(([name]) => name);
    assert.deepEqual(always.sort(), [
      'api',
      'postgresql',
      'setup',
      'temporal',
      'temporal-namespace',
      'temporal-schema',
      'temporal-ui',
      'worker',
    ]);
  });

  for (const [name, service] of ALL) {
    describe(name, () => {
      it('runs an image of one version', () => {
        assert.match(withDefaults(service.image), /^[a-z/-]+:v?\d+\.\d+[\w.-]*$/);
      });

      it('may do no more than it has to', () => {
        assert.match(service.user, /^[1-9]\d*:[1-9]\d*$/, 'a user by number, and not root');
        assert.equal(service.read_only, true);
        assert.deepEqual(service.cap_drop, ['ALL']);
        assert.deepEqual(service.security_opt, ['no-new-privileges:true']);
      });

      it('publishes its ports on loopback alone', () => {
        for (const port of service.ports) assert.match(withDefaults(port), /^127\.0\.0\.1:\d+:\d+$/);
      });

      it('is started again, or is waited for', () => {
        const isWaitedFor = ALL.some(
          ([, { depends_on: needs }]) => needs[name]?.condition === 'service_completed_successfully',
        );
        const expected = isWaitedFor
          ? 'on-failure:10'
          : service.profiles.includes('cli')
            ? 'no'
            : 'unless-stopped';
        assert.equal(service.restart, expected);
        // One that ends has no health; any other has, or says why not.
        if (!isWaitedFor)
          assert.notEqual(service.healthcheck === undefined, service['x-no-healthcheck'] === undefined);
      });

      it('waits for services there are, and for their health only where they have one', () => {
        for (const [needed, { condition }] of Object.entries(service.depends_on)) {
          assert.ok(needed in services, needed);
          if (condition === 'service_healthy') assert.ok(services[needed]?.healthcheck, needed);
        }
      });

      it('mounts what there is, where it can be written only if it is a volume', () => {
        for (const { source, target, isReadOnly } of service.volumes) {
          if (source in volumes) continue;
          assert.ok(isReadOnly, `${source} on ${target}`);
          const path = withDefaults(source, DEMO);
          assert.ok(existsSync(join(ROOT, path)), path);
        }
        for (const secret of service.secrets) assert.ok(secret in secrets, secret);
      });

      it('holds no password but by reference', () => {
        for (const [key, value] of Object.entries(service.environment))
          if (/PASSWORD|SECRET|_PWD|_KEYS?\b|_KEYS?_/i.test(key))
            assert.match(value, /^\/run\/secrets\//, key);
      });
    });
  }

  for (const [name, { command, entrypoint }] of OURS) {
    it(`${name}: its command is one of quiesce`, () => {
      if (entrypoint === undefined) assert.deepEqual(unknownWords(command), []);
      else assert.match(command[0] ?? '', /^\/scripts\//);
    });
  }

  it('runs the scripts it mounts, which are shell and stop at the first failure', () => {
    const mounted = ALL.flatMap(([, service]) => service.volumes.map(({ source }) => source));
    const run = ALL.flatMap(([, { command }]) => command.filter((word) => word.startsWith('/scripts/')));
    const scripts = filesUnder('deploy', '.sh');
    for (const path of new Set(run)) {
      const source = mounted.find((each) => each.endsWith(path.replace('/scripts', '')));
      assert.ok(source !== undefined && scripts.includes(source.slice(2)), path);
    }
    for (const script of scripts) assert.match(read(script), /^#!\/bin\/sh\n[^]*^set -eu$/m, script);
  });

  it('runs one release of the Temporal server and of its tools', () => {
    const tags = ALL.map(([, { image }]) => /^temporalio\/(?:server|admin-tools):(.*)$/.exec(image)?.[1]);
    const [release, ...others] = new Set(tags.filter((tag) => tag !== undefined));
    assert.deepEqual(others, []);
    // And so does `npm run test:postgres`.
    assert.ok(read('tools/server/go.mod').includes(`\tgo.temporal.io/server v${release} `));
  });

  it('sets every variable that its scripts read', () => {
    for (const [name, service] of ALL) {
      const script = service.volumes.find(({ target }) => target === service.command[0]);
      if (script === undefined) continue;
      const text = read(script.source);
      const used = [...text.matchAll(/"\$([A-Z_]+)"/g)].map(([, variable]) => variable ?? '');
      const own = [...text.matchAll(/^export (\w+)/gm)].map(([, variable]) => variable);
      for (const variable of used)
        assert.ok(variable in service.environment || own.includes(variable), `${name}: ${variable}`);
    }
  });

  it('reads no variable that deploy/example.env and the demo do not tell of', () => {
    const text = read('docker-compose.yml') + read(ENCRYPTION_COMPOSE);
    const used = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const told = [...read('deploy/example.env').matchAll(/^# (\w+)=(.*)$/gm)];
    assert.deepEqual(
      new Set(told.map(([, name]) => name).filter((name) => !name?.startsWith('COMPOSE_'))),
      used,
    );
    for (const [, name, value] of told)
      for (const [, fallback] of text.matchAll(new RegExp(`\\$\\{${name}:-([^}]*)\\}`, 'g')))
        assert.equal(value, fallback, name);
    for (const name of Object.keys(DEMO)) assert.ok(used.has(name) || name.startsWith('COMPOSE_'), name);
  });

  it('keeps the secrets of this machine out of the repository and out of the image', () => {
    const ignored = read('.gitignore').split('\n');
    for (const path of ['/deploy/secrets/', '/deploy/quiesce.config.yaml', '/deploy/worker.env', '/.env'])
      assert.ok(ignored.includes(path), path);
    const [first, ...taken] = read('.dockerignore')
      .split('\n')
      .filter((line) => /^[^#]/.test(line));
    assert.equal(first, '*');
    assert.ok(!taken.some((line) => /deploy|\.env|test/.test(line)));
  });

  it('gives the build of the image all that its sources import', () => {
    const given = new Set(Array.from(read('.dockerignore').matchAll(/^!(\w+)$/gm), ([, name]) => name));
    const sources = [...given].flatMap((name = '') =>
      statSync(join(ROOT, name)).isDirectory() ? filesUnder(name, '.ts') : [],
    );
    const wanted = sources.flatMap((path) =>
      Array.from(
        read(path).matchAll(/ from '(\.\.?\/[^']+)'/g),
        ([, to = '']) => normalize(join(dirname(path), to)).split(sep)[0],
      ),
    );
    assert.ok(wanted.length > 1_000, 'nothing was read');
    assert.deepEqual(
      [...new Set(wanted)].filter((folder) => !given.has(folder)),
      [],
    );
  });

  it('the API listens where its port is published, and its health is at an address it serves', () => {
    for (const path of ['deploy/demo/quiesce.config.yaml', 'deploy/example.config.yaml']) {
      const { api } = parseConfig(read(path), path);
      assert.equal(api.host, '0.0.0.0');
      assert.equal(portOf(services['api']), api.port);
      assert.ok(api.trustedHops > 0 && api.tls === undefined, 'TLS is the proxy’s');
      const keys = services['api']?.volumes.find(({ target }) => api.keysFile?.startsWith(`${target}/`));
      assert.equal(keys?.isReadOnly, true);
      assert.ok(healthOf('api').startsWith(`http://127.0.0.1:${api.port}/readyz'`));
    }
  });

  it('the health of a Worker is asked where it listens, and says that it polls', () => {
    const [, option, port] = services['worker']?.command ?? [];
    assert.equal(option, '--health-port');
    assert.ok(healthOf('worker').startsWith(`http://127.0.0.1:${port}/readyz'`));
  });

  it("the simulator listens where the demo's connections look for it, and says that it is well", async () => {
    const port = portOf(services['simulator']);
    assert.ok(services['simulator']?.command.join(' ').endsWith(`--port ${port}`));
    const simulator = await startSimulator();
    try {
      const path = /127\.0\.0\.1:9000(\/[^']+)/.exec(healthOf('simulator'))?.[1] ?? '';
      assert.equal((await fetch(simulator.endpoint + path)).status, 200);
    } finally {
      await simulator.close();
    }
  });
});

describe(ENCRYPTION_COMPOSE, () => {
  const { codec, changed } = encryption;

  it('gives the keys to all who read or write what Temporal keeps, and to nobody else', () => {
    const withKeys = Object.entries({ ...changed, codec }).filter(
      ([, { environment }]) => 'QUIESCE_ENCRYPTION_KEYS_FILE' in environment,
    );
    assert.deepEqual(withKeys.map(([name]) => name).sort(), ['api', 'codec', 'quiesce', 'worker']);
    for (const [name, { environment, secrets: mounted }] of withKeys) {
      assert.deepEqual(mounted, ['encryption-keys'], name);
      assert.equal(environment['QUIESCE_ENCRYPTION_KEYS_FILE'], '/run/secrets/encryption-keys');
    }
    for (const name of Object.keys(changed)) assert.ok(name in services, name);
  });

  it('is one setting of .env', () => {
    const told = /^# COMPOSE_FILE=(.*)$/m.exec(read('deploy/example.env'))?.[1];
    assert.equal(told, `docker-compose.yml:${ENCRYPTION_COMPOSE}`);
  });

  it('is the last of the files wherever several are named', () => {
    const pages = ['docs/deploying.md', 'deploy/temporal-cloud/docker-compose.yml', ENCRYPTION_COMPOSE];
    const lists = pages.flatMap((page) => [...read(page).matchAll(/docker-compose\.yml(?::[\w./-]+)+/g)]);
    const told = lists.map(([list]) => list.split(':')).filter((files) => files.includes(ENCRYPTION_COMPOSE));
    assert.ok(told.some(({ length }) => length === 3));
    for (const files of told) assert.equal(files.at(-1), ENCRYPTION_COMPOSE);
  });

  it('the codec server listens where the UI sends the browser, for its page alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-codec-'));
    const keys = join(folder, 'keys');
    const lines = ['one', 'task-ids'].map((id) => `${id}:${randomBytes(32).toString('base64')}\n`);
    await writeFile(keys, lines.join(''));
    const { QUIESCE_ENCRYPTION_KEYS_FILE: _, ...environment } = codec.environment;
    const port = codec.command[codec.command.indexOf('--port') + 1] ?? '';
    const command = codec.command.map((word) => (word === port ? '0' : word));
    const server = startQuiesce(command, {
      PATH: process.env['PATH'],
      ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, withDefaults(value)])),
      QUIESCE_ENCRYPTION_KEYS_FILE: keys,
    });
    try {
      const [, url = ''] = await server.until(/ready at (\S+),/);
      const ui = services['temporal-ui'];
      const page = ui?.environment['TEMPORAL_CORS_ORIGINS'] ?? '';
      assert.equal(page, `http://localhost:${ui?.ports[0]?.split(':')[1]}`);
      const endpoint = withDefaults(changed['temporal-ui']?.environment['TEMPORAL_CODEC_ENDPOINT'] ?? '');
      assert.equal(endpoint, `http://localhost:${port}`);
      assert.ok(codec.healthcheck?.test.at(-1)?.includes(`http://127.0.0.1:${port}/healthz'`));
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      const decode = (origin: string) =>
        fetch(`${url}/decode?preserveStorageRefs=true`, {
          method: 'POST',
          headers: { origin, 'content-type': 'application/json', 'x-namespace': 'default' },
          body: JSON.stringify({ payloads: [] }),
        });
      const answer = await decode(page);
      assert.equal(answer.status, 200, await answer.text());
      assert.equal(answer.headers.get('access-control-allow-origin'), page);
      assert.equal((await decode('http://localhost:9999')).status, 403);
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe('the configs of deploy/', () => {
  it('the demo has every provider on the simulator, with the credentials it accepts', async () => {
    const path = join(ROOT, 'deploy/demo/quiesce.config.yaml');
    const { connections } = await loadConfig({ path });
    const simulator = { endpoint: 'http://simulator:9000', credentials: SIMULATED_CREDENTIALS };
    const wanted = ALL_PROVIDERS.map((provider) => ({
      provider,
      sim: provider.simulatedConnection(simulator),
    }));
    assert.deepEqual(
      [...connections.values()].map(({ name, provider, settings }) => ({ name, id: provider.id, settings })),
      wanted.map(({ provider, sim }) => ({
        name: sim.name,
        id: provider.id,
        settings: provider.settings.parse(withoutIam(sim.settings)),
      })),
    );
    const env = Object.assign({}, ...wanted.map(({ sim }) => sim.env));
    assert.deepEqual(parseEnv(read('deploy/demo/worker.env')), env);
  });

  it('the example is valid, and has all its secrets in files of the folder that the Worker mounts', () => {
    const text = read('deploy/example.config.yaml');
    const { connections, callbacks } = parseConfig(text, 'example');
    assert.ok(connections.size > 1);
    assert.ok(callbacks !== undefined);
    assert.doesNotMatch(text, /\benv:/);
    const folder = services['worker']?.volumes.find(({ source }) => source.endsWith('/worker'))?.target;
    for (const [, file] of text.matchAll(/\bfile: (\S+)/g))
      assert.equal(file?.split('/').slice(0, -1).join('/'), folder);
  });
});

describe('deploy/temporal-cloud', () => {
  /** As the image would find it, with its folder of secrets elsewhere. */
  async function load(name: string) {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-temporal-'));
    try {
      for (const file of ['temporal-cert.pem', 'temporal-key.pem']) await writeFile(join(folder, file), file);
      const path = join(folder, 'temporal.toml');
      await writeFile(
        path,
        read(`deploy/temporal-cloud/${name}`).replaceAll('/run/secrets/temporal', folder),
      );
      return loadClientConnectConfig({ configSource: { path }, overrideEnvVars: {} });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('signs in with an API key, over TLS', async () => {
    const { namespace, connectionOptions } = await load('api-key.toml');
    assert.equal(namespace, 'quiesce.a1b2c');
    assert.equal(connectionOptions?.apiKey, 'put the key here');
    assert.ok(connectionOptions?.tls);
  });

  it('signs in with a client certificate', async () => {
    const { connectionOptions } = await load('mtls.toml');
    assert.equal(connectionOptions?.apiKey, undefined);
    const tls = connectionOptions?.tls;
    assert.ok(typeof tls === 'object' && tls !== null);
    const { crt = [], key = [] } = tls.clientCertPair ?? {};
    assert.equal(Buffer.from(crt).toString(), 'temporal-cert.pem');
    assert.equal(Buffer.from(key).toString(), 'temporal-key.pem');
  });
});

describe('deploy/new-secrets.sh', () => {
  it('makes what is mounted, each password once, for nobody else on this machine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-secrets-'));
    try {
      await writeFile(join(folder, 'new-secrets.sh'), read('deploy/new-secrets.sh'));
      const make = () => promisify(execFile)('sh', [join(folder, 'new-secrets.sh')]);
      const readAll = () =>
        Promise.all(
          Object.values(passwords).map(({ file }) => {
            const path = withDefaults(file).replace('./deploy', folder);
            return readFile(path, 'utf8');
          }),
        );
      await make();
      const made = await readAll();
      for (const each of made) assert.match(each, /^[0-9a-f]{48}$/);
      assert.equal(new Set(made).size, made.length);
      assert.equal((await stat(join(folder, 'secrets'))).mode & 0o777, 0o700);
      assert.equal((await stat(join(folder, 'secrets/worker'))).mode & 0o777, 0o755);
      await make();
      assert.deepEqual(await readAll(), made);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('monitoring', () => {
  it('Prometheus asks services there are, with the key that is made for it', () => {
    const text = read('deploy/prometheus/prometheus.yml');
    assert.match(text, new RegExp(`names: \\[api\\], type: A, port: ${portOf(services['api'])}`));
    const endpoint = services['temporal']?.environment['PROMETHEUS_ENDPOINT'];
    assert.ok(text.includes(`temporal:${endpoint?.split(':')[1]}`));
    const key = services['metrics-key']?.command.at(-1) ?? '';
    assert.ok(text.includes(`credentials_file: ${key}\n`));
    const volume = services['metrics-key']?.volumes.find(({ target }) =>
      key.startsWith(`${target}/`),
    )?.source;
    assert.ok(services['prometheus']?.volumes.some((each) => each.source === volume && each.isReadOnly));
  });

  it('Prometheus asks the Workers where the configs have them show their metrics', () => {
    const port = /names: \[worker\], type: A, port: (\d+)/.exec(
      read('deploy/prometheus/prometheus.yml'),
    )?.[1];
    for (const path of ['deploy/demo/quiesce.config.yaml', 'deploy/example.config.yaml'])
      assert.deepEqual(parseConfig(read(path), path).metrics, { host: '0.0.0.0', port: Number(port) });
  });

  it('Prometheus reads the rules, and each has a runbook', () => {
    const [folder] = parse(read('deploy/prometheus/prometheus.yml')).rule_files;
    assert.equal(folder, 'rules/*.yml');
    const rules = filesUnder('deploy/prometheus/rules', '.yml').flatMap((file) =>
      parse(read(file)).groups.flatMap((group: { rules: unknown[] }) => group.rules),
    );
    const headings = [...read('docs/alerts.md').matchAll(/^## (\w+)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      rules.map(({ alert }) => alert),
      headings,
    );
    for (const { alert, annotations, labels } of rules) {
      assert.equal(annotations.runbook, `docs/alerts.md#${alert.toLowerCase()}`);
      assert.match(labels.severity, /^(page|ticket)$/);
    }
  });

  it('Grafana finds the dashboards, and they ask its Prometheus', () => {
    const { providers } = parse(read('deploy/grafana/provisioning/dashboards/quiesce.yaml'));
    const { datasources } = parse(read('deploy/grafana/provisioning/datasources/prometheus.yaml'));
    assert.ok(services['grafana']?.volumes.some(({ target }) => target === providers[0].options.path));
    for (const file of filesUnder('deploy/grafana/dashboards', '.json')) {
      const { panels } = JSON.parse(read(file));
      assert.ok(panels.length > 0);
      for (const { datasource, targets } of panels) {
        assert.equal(datasource.uid, datasources[0].uid);
        assert.ok(targets.length > 0);
      }
    }
  });
});

/** IAM must be asked over https anywhere but on loopback; where the project's id is named, it is not asked at all. */
function withoutIam({ iamEndpoint: _, ...settings }: Readonly<Record<string, unknown>>) {
  return settings;
}

function portOf(service: Service | undefined): number {
  return Number(service?.ports[0]?.split(':').at(-1));
}

/** From the address that a health check asks, on. */
function healthOf(name: string): string {
  const words = services[name]?.healthcheck?.test.at(-1) ?? '';
  return words.slice(words.indexOf('http://'));
}
