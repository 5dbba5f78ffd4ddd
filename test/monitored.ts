import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, startReceiver, type CallbackReceiver } from './callback-receiver.js';
import { SECRET_ENV, startStack, type Stack } from './harness.js';
import { lowPorts } from './low-ports.js';
import { startQuiesce, type QuiesceProcess } from './quiesce-process.js';

/** `quiesce worker` and `quiesce api` as an operator runs them, on a Stack's Temporal and simulator. */
export interface Monitored {
  readonly stack: Stack;
  readonly worker: QuiesceProcess;
  readonly api: QuiesceProcess;
  readonly apiUrl: string;
  readonly receiver: CallbackReceiver;
  /** A callback's address whose receiver wants no more of them. */
  readonly goneAddress: string;
  /** Where the Worker and the API show their metrics. */
  readonly metricsUrls: Readonly<Record<'worker' | 'api', string>>;
  /** What they show, as text. */
  scrape(): Promise<{ readonly worker: string; readonly api: string }>;
  close(): Promise<void>;
}

export async function startMonitored(env: NodeJS.ProcessEnv = {}): Promise<Monitored> {
  const stack = await startStack();
  const receiver = await startReceiver();
  const goneAddress = receiver.address('gone', answers(410));
  const folder = await mkdtemp(join(tmpdir(), 'quiesce-monitored-'));
  const config = join(folder, 'quiesce.config.yaml');
  const [metricsPort = 0, apiPort] = await lowPorts('127.0.0.1', 2);
  await writeFile(join(folder, 'secret'), receiver.secret);
  await writeFile(config, configText(stack.endpoint, receiver, folder, metricsPort));
  const all: NodeJS.ProcessEnv = { ...process.env, TEMPORAL_ADDRESS: stack.address, ...env };
  const worker = startQuiesce(['worker', '--config', config], all);
  await worker.until(/Worker is ready/);
  const { [SECRET_ENV.id]: _id, [SECRET_ENV.secret]: _secret, ...withoutSecrets } = all;
  const api = startQuiesce(
    ['api', '--no-auth', '--port', String(apiPort), '--config', config],
    withoutSecrets,
  );
  await api.until(/The API is ready/);
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const metricsUrls = { worker: `http://127.0.0.1:${metricsPort}/metrics`, api: `${apiUrl}/metrics` };
  const textOf = async (url: string) => (await fetch(url)).text();
  return {
    stack,
    worker,
    api,
    apiUrl,
    receiver,
    goneAddress,
    metricsUrls,
    async scrape() {
      const [ofWorker, ofApi] = await Promise.all([textOf(metricsUrls.worker), textOf(metricsUrls.api)]);
      return { worker: ofWorker, api: ofApi };
    },
    async close() {
      await Promise.all([worker.stop(), api.stop()]);
      await stack.close();
      receiver.close();
      await rm(folder, { recursive: true });
    },
  };
}

function configText(
  endpoint: string,
  receiver: CallbackReceiver,
  folder: string,
  metricsPort: number,
): string {
  return `connections:
  sim:
    provider: aws-fsx
    region: eu-west-1
    endpoint: ${endpoint}
    pollEvery: 200ms
    credentials: { accessKeyId: { env: ${SECRET_ENV.id} }, secretAccessKey: { env: ${SECRET_ENV.secret} } }
callbacks:
  secret: { file: ${join(folder, 'secret')} }
  hosts: [{ host: "127.0.0.1:${receiver.port}", allowPrivate: true, allowInsecure: true }]
metrics: { port: ${metricsPort} }
worker: { memory: 2GiB }
`;
}
