import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { z } from 'zod';
import { withoutAuthentication } from '../../api/authenticate.js';
import { createServer } from '../../api/create-server.js';
import { Quiesce } from '../../client/index.js';
import { parseConfig } from '../../config/load-config.js';
import { TASK_QUEUE } from '../../contract/names.js';
import { startHealthServer } from '../../worker/health-server.js';
import { filesUnder, read, readCompose, readObjects, unknownWords } from '../deploy-files.js';

const BASE = 'deploy/kubernetes/base';
const ENCRYPTION = 'deploy/kubernetes/encryption';
const OBJECTS = [BASE, ENCRYPTION].flatMap(readObjects);
const portName = z.enum(['http', 'health', 'metrics']);
const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: portName }) });
const named = z.looseObject({ name: z.string() });

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.literal('quiesce'),
  args: z.array(z.string()),
  // No variable of its own, and so no secret in one.
  env: z.never().optional(),
  envFrom: z.array(z.looseObject({})),
  ports: z.array(z.object({ name: portName, containerPort: z.number() })).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  volumeMounts: z
    .array(z.looseObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }))
    .default([]),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
  spec: z.looseObject({
    serviceAccountName: z.string(),
    enableServiceLinks: z.literal(false),
    terminationGracePeriodSeconds: z.number().optional(),
    securityContext: z.looseObject({
      runAsNonRoot: z.literal(true),
      runAsUser: z.literal(10_001),
      seccompProfile: z.object({ type: z.literal('RuntimeDefault') }),
    }),
    containers: z.array(containerSchema).length(1),
    volumes: z.array(named).default([]),
  }),
});

const componentLabels = z
  .object({
    'app.kubernetes.io/component': z.enum(['worker', 'api']),
    'app.kubernetes.io/name': z.literal('quiesce'),
  })
  .transform((labels) => ({ component: labels['app.kubernetes.io/component'] }));

const podMonitorSchema = z.object({
  kind: z.literal('PodMonitor'),
  metadata: named,
  spec: z.object({
    selector: z.object({ matchLabels: componentLabels }),
    podMetricsEndpoints: z.tuple([
      z.object({
        port: portName,
        authorization: z.object({ credentials: named }).optional(),
        relabelings: z.tuple([z.object({ targetLabel: z.literal('job'), replacement: z.string() })]),
      }),
    ]),
  }),
});

const workloadSchema = z.looseObject({
  kind: z.enum(['Deployment', 'Job']),
  metadata: named,
  spec: z.looseObject({ template: podSchema }),
});
const isWorkload = (object: unknown) =>
  z.looseObject({ kind: workloadSchema.shape.kind }).safeParse(object).success;
const WORKLOADS = OBJECTS.filter(isWorkload).map((object) => workloadSchema.parse(object));

describe('deploy/kubernetes', () => {
  it('runs a Worker, the API and the set-up', () => {
    assert.deepEqual(WORKLOADS.map(({ metadata }) => metadata.name).sort(), [
      'quiesce-api',
      'quiesce-codec',
      'quiesce-setup',
      'quiesce-worker',
    ]);
  });

  for (const { metadata, spec } of WORKLOADS) {
    const { template } = spec;
    const [container] = template.spec.containers;
    assert.ok(container);

    it(`${metadata.name}: its command is one of quiesce`, () => {
      assert.deepEqual(unknownWords(container.args), []);
    });

    it(`${metadata.name}: mounts volumes it has, and all but /tmp read-only`, () => {
      const volumes = template.spec.volumes.map(({ name }) => name);
      assert.deepEqual(container.volumeMounts.map(({ name }) => name).sort(), volumes.sort());
      for (const { mountPath, readOnly } of container.volumeMounts)
        assert.equal(readOnly === true, mountPath !== '/tmp', mountPath);
    });

    it(`${metadata.name}: has an account that there is`, () => {
      assert.ok(namesOf('ServiceAccount').includes(template.spec.serviceAccountName));
    });
  }

  it("the API's probes ask addresses that it serves", async () => {
    const { api, connection } = await apiOffline();
    try {
      assert.deepEqual(probesOf('quiesce-api'), ['/healthz', '/healthz', '/readyz']);
      // Alive without Temporal: it must not be restarted for what a restart cannot mend.
      assert.equal((await api.inject('/healthz')).statusCode, 200);
      assert.ok(api.hasRoute({ method: 'GET', url: '/readyz' }));
    } finally {
      await api.close();
      await connection.close();
    }
  });

  it("the Worker's probes ask addresses that it serves, where it listens", async () => {
    const { args, ports } = containerOf('quiesce-worker');
    assert.deepEqual(ports[0], { name: 'health', containerPort: Number(args.at(-1)) });
    assert.deepEqual(args.slice(1, -1), ['--health-host', '0.0.0.0', '--health-port']);
    const probes = probesOf('quiesce-worker');
    assert.deepEqual(probes, ['/healthz', '/healthz', '/readyz']);
    const health = await startHealthServer({ host: '127.0.0.1', port: 0 }, async () => 'It is starting.');
    try {
      const statuses = probes.map(async (path) => (await fetch(`${health.url}${path}`)).status);
      assert.deepEqual(await Promise.all(statuses), [200, 200, 503]);
    } finally {
      health.close();
    }
  });

  it('gives a Worker more time to stop than it takes', () => {
    const path = 'deploy/kubernetes/example/quiesce.config.yaml';
    const { worker } = parseConfig(read(path), path);
    const graceS = specOf('quiesce-worker').terminationGracePeriodSeconds ?? 0;
    assert.ok(graceS * 1_000 >= worker.drainWithinMs + 5_000);
  });

  it("the API listens where its Service sends, by the example's config", () => {
    const { api, connections } = parseConfig(
      read('deploy/kubernetes/example/quiesce.config.yaml'),
      'example',
    );
    const { ports, volumeMounts } = containerOf('quiesce-api');
    assert.deepEqual(ports, [{ name: 'http', containerPort: api.port }]);
    assert.equal(api.host, '0.0.0.0');
    assert.ok(volumeMounts.some(({ mountPath }) => api.keysFile?.startsWith(`${mountPath}/`)));
    assert.ok(connections.size > 0);
  });

  it('has as much time to stop as Compose gives, and the API what it drains for', () => {
    const grace = (name: string) => specOf(name).terminationGracePeriodSeconds;
    const { services } = readCompose();
    assert.equal(`${grace('quiesce-worker')}s`, services['worker']?.['stop_grace_period']);
    assert.equal(`${Number(grace('quiesce-api')) - 10}s`, services['api']?.['stop_grace_period']);
  });

  it('mounts where Compose does, so that one config fits both', () => {
    const { services } = readCompose();
    for (const [name, service] of [
      ['quiesce-worker', 'worker'],
      ['quiesce-api', 'api'],
    ] as const) {
      const folders = containerOf(name).volumeMounts.map(({ mountPath }) => mountPath);
      for (const { target } of services[service]?.volumes ?? [])
        assert.ok(folders.includes(target.replace(/\/[^/]*\.yaml$/, '')), target);
    }
  });

  it('encrypts by one Secret, without which no one who needs it starts', () => {
    const patched = z
      .object({
        patches: z.tuple([
          z.object({
            target: z.object({ kind: z.literal('Deployment'), name: z.string() }),
            patch: z.string(),
          }),
        ]),
      })
      .parse(parse(read(`${ENCRYPTION}/kustomization.yaml`))).patches[0];
    const names = WORKLOADS.map(({ metadata }) => metadata.name);
    assert.deepEqual(names.filter((name) => new RegExp(`^${patched.target.name}$`).test(name)).sort(), [
      'quiesce-api',
      'quiesce-worker',
    ]);
    const secret = { secretRef: { name: 'quiesce-encryption' } };
    assert.deepEqual(parse(patched.patch), [
      { op: 'add', path: '/spec/template/spec/containers/0/envFrom/-', value: secret },
    ]);
    assert.deepEqual(containerOf('quiesce-codec').envFrom.at(-1), secret);
    // By which name the process looks for them in its environment.
    assert.match(read('docs/deploying.md'), /quiesce-encryption --from-file=QUIESCE_ENCRYPTION_KEYS=/);
  });

  it("the codec server's probes ask an address that it serves, at its port", () => {
    const { args, ports } = containerOf('quiesce-codec');
    assert.deepEqual(ports, [{ name: 'http', containerPort: Number(args.at(-1)) }]);
    assert.deepEqual(probesOf('quiesce-codec'), ['/healthz', '/healthz', '/healthz']);
  });

  it('is scraped where it shows metrics, under the names of jobs that the alerts and dashboards ask for', () => {
    const monitors = readObjects('deploy/kubernetes/prometheus').flatMap(
      (object) => podMonitorSchema.safeParse(object).data ?? [],
    );
    const { metrics } = parseConfig(read('deploy/kubernetes/example/quiesce.config.yaml'), 'example');
    assert.deepEqual(containerOf('quiesce-worker').ports[1], {
      name: 'metrics',
      containerPort: metrics?.port,
    });
    const jobs = monitors.map(({ metadata, spec }) => {
      const { component } = spec.selector.matchLabels;
      const [{ port, relabelings, authorization }] = spec.podMetricsEndpoints;
      assert.ok(
        containerOf(metadata.name).ports.some(({ name }) => name === port),
        port,
      );
      assert.equal(specLabels(metadata.name)['app.kubernetes.io/component'], component);
      assert.equal(authorization?.credentials.name, component === 'api' ? 'quiesce-metrics-key' : undefined);
      return relabelings[0].replacement;
    });
    const asking = [
      ...filesUnder('deploy/prometheus/rules', '.yml'),
      ...filesUnder('deploy/grafana/dashboards', '.json'),
    ].flatMap((file) => Array.from(read(file).matchAll(/job=\\?"([^"\\]+)/g), ([, job]) => job));
    assert.ok(asking.length > 2);
    assert.deepEqual(new Set(jobs), new Set(asking));
    // And so does Compose.
    for (const job of jobs)
      assert.ok(read('deploy/prometheus/prometheus.yml').includes(`job_name: ${job}\n`), job);
  });

  it('scales the Worker by the Task Queue it polls', () => {
    const [scaled] = readObjects('deploy/kubernetes/keda').filter(
      (object) => z.looseObject({ kind: z.literal('ScaledObject') }).safeParse(object).success,
    );
    const { scaleTargetRef, triggers } = z
      .looseObject({
        spec: z.looseObject({
          scaleTargetRef: named,
          minReplicaCount: z.int().min(1),
          triggers: z.array(z.looseObject({ metadata: z.record(z.string(), z.string()) })).length(1),
        }),
      })
      .parse(scaled).spec;
    assert.equal(scaleTargetRef.name, 'quiesce-worker');
    assert.equal(triggers[0]?.metadata['taskQueue'], TASK_QUEUE);
  });

  it('lets at most one of each be away, and lets Workers be called for their metrics alone', () => {
    const all = ['quiesce-api', 'quiesce-codec', 'quiesce-worker'];
    assert.deepEqual(namesOf('PodDisruptionBudget'), all);
    assert.deepEqual(namesOf('NetworkPolicy'), all);
    const { metrics } = parseConfig(read('deploy/kubernetes/example/quiesce.config.yaml'), 'example');
    const [, ofWorker = ''] = read('deploy/kubernetes/base/network-policy.yaml').split(/^metadata:$/m);
    const ingress = ofWorker.slice(ofWorker.indexOf('ingress:'), ofWorker.indexOf('egress:'));
    assert.deepEqual(
      [...ingress.matchAll(/port: (\d+)/g)].map(([, port]) => Number(port)),
      [metrics?.port],
    );
  });
});

function namesOf(kind: string): string[] {
  const schema = z.looseObject({ kind: z.literal(kind), metadata: named });
  return OBJECTS.flatMap((object) => schema.safeParse(object).data?.metadata.name ?? []).sort();
}

function specOf(name: string) {
  const found = WORKLOADS.find(({ metadata }) => metadata.name === name);
  assert.ok(found);
  return found.spec.template.spec;
}

function specLabels(name: string) {
  return WORKLOADS.find(({ metadata }) => metadata.name === name)?.spec.template.metadata.labels ?? {};
}

function containerOf(name: string) {
  const [container] = specOf(name).containers;
  assert.ok(container);
  return container;
}

/** Of start-up, liveness and readiness, what is asked for at the container's only port. */
function probesOf(name: string): (string | undefined)[] {
  const { startupProbe, livenessProbe, readinessProbe, ports } = containerOf(name);
  return [startupProbe, livenessProbe, readinessProbe].map((each) => {
    assert.equal(each?.httpGet.port, ports[0]?.name);
    return each?.httpGet.path;
  });
}

/** The service with a Temporal that is not there; a connection is made with the first call alone. */
async function apiOffline() {
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const api = await createServer({
    quiesce: new Quiesce(new Client({ connection })),
    config: parseConfig(read('deploy/kubernetes/example/quiesce.config.yaml'), 'example'),
    authenticate: withoutAuthentication,
  });
  return { api, connection };
}
