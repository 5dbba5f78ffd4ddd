import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import { workerEnvironment } from '../../cli/stack/simulated-config.js';
import { startChild, type Child } from '../processes/start-child.js';
import { startCommand } from '../processes/start-command.js';
import type { Stage } from '../stage.js';
import { definitionOf } from '../vendor.js';
import type { BareInput } from './bare-process.js';
import type { TriggerInput } from './trigger-process.js';

/** A service that takes triggers, in a process of its own. */
export interface Service extends Pick<TriggerInput, 'origin' | 'path' | 'headers' | 'keyed'> {
  readonly child: Pick<Child, 'pid' | 'stop'>;
}

const JSON_BODY = { 'content-type': 'application/json' };

export const SERVICES = {
  bare: { title: 'node:http and `workflow.start`', start: startBare },
  quiesce: { title: '`quiesce api`', start: (stage: Stage) => startQuiesce(stage, false) },
  keyed: {
    title: '`quiesce api`, each with an Idempotency-Key',
    start: (stage: Stage) => startQuiesce(stage, true),
  },
} as const satisfies Record<string, { title: string; start: (stage: Stage) => Promise<Service> }>;

export type ServiceId = keyof typeof SERVICES;

async function startBare({ address, namespace }: Stage): Promise<Service> {
  const input: BareInput = { address, namespace };
  const { child, origin } = await startService('./bare-process.js', input);
  return { child, origin, path: '/', headers: JSON_BODY, keyed: false };
}

/** As it is run for others: with API keys, and without the limit that no caller of 200 requests a second would have. */
async function startQuiesce(stage: Stage, keyed: boolean): Promise<Service> {
  const { folder, simulator } = stage;
  const provider = definitionOf('aws-fsx');
  const connection = provider.simulatedConnection(simulator);
  const config = {
    api: { port: 0, keysFile: 'keys.json', rateLimit: null },
    connections: { bench: { provider: provider.id, ...connection.settings } },
  };
  const configPath = join(folder, 'quiesce.config.yaml');
  await writeFile(configPath, stringify(config));
  const { key, sha256 } = newApiKey();
  await changeKeysFile(join(folder, 'keys.json'), () => [
    { name: 'bench', sha256, scopes: ['cancel'], createdAt: new Date().toISOString() },
  ]);
  const env = await workerEnvironment(process.env, folder, { ...stage, parts: [] });
  const child = await startCommand(['api', '--config', configPath, '--drain-for', '1ms'], env);
  return {
    child,
    origin: /https?:\/\/[^\s,]+/.exec(child.line)?.[0] ?? '',
    path: '/v1/cancellations',
    headers: { ...JSON_BODY, authorization: `Bearer ${key}` },
    keyed,
  };
}

async function startService(script: string, input: object) {
  const child = await startChild(new URL(script, import.meta.url), { args: [JSON.stringify(input)] });
  const { origin } = (await child.go()).result as { readonly origin: string };
  return { child, origin };
}
