import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { parseDurationMs } from '../contract/duration.js';
import { ALL_PROVIDERS } from '../providers/all.js';
import type { Pacing } from '../providers/pacing.js';
import type { ProviderDefinition } from '../providers/provider.js';
import type { Quota } from '../providers/quota.js';
import { readCallbacks, type CallbackSettings } from './callback-settings.js';
import { apiSchema, type ApiSettings } from './api-settings.js';
import { ConfigError } from './config-error.js';
import { CONNECTION_NAME, connectionSchema, type QuotaSettings } from './config-schema.js';
import { metricsSchema, type MetricsSettings } from './metrics-settings.js';
import { Problems } from './problems.js';
import { toWorkerSettings, workerSchema, type WorkerSettings } from './worker-settings.js';
import { YAML_PROBLEMS } from './yaml-problems.js';

export const DEFAULT_CONFIG_FILE = 'quiesce.config.yaml';

/** Of thousands of connections; YAML of a hundred megabytes would take minutes to be told wrong. */
const LARGEST_BYTES = 1024 * 1024;

const SECTIONS: readonly string[] = ['connections', 'callbacks', 'api', 'metrics', 'worker'];

/** One account and region of one provider. */
export interface Connection {
  readonly name: string;
  readonly provider: ProviderDefinition;
  /** As the provider's own schema gives them. They hold references to secrets, never secrets. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly pacing: Pacing;
  /** By operation: the vendor's documented one unless the config says another; null is no limit. */
  readonly quotas: Readonly<Record<string, Quota | null>>;
}

export interface Config {
  /** The absolute path it was read from. */
  readonly path: string;
  readonly connections: ReadonlyMap<string, Connection>;
  /** Left out: no callback may be sent. */
  readonly callbacks?: CallbackSettings;
  /** What the config says of the HTTP service, and the defaults; paths are absolute. */
  readonly api: ApiSettings;
  /** Left out: Workers show no metrics. */
  readonly metrics?: MetricsSettings;
  /** What the config says of the Workers, and the defaults. */
  readonly worker: WorkerSettings;
}

export interface LoadConfigOptions {
  /** Goes before QUIESCE_CONFIG, which goes before `quiesce.config.yaml` in the working directory. */
  readonly path?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * Reads and checks the config.
 * @throws ConfigError with every problem and its place.
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<Config> {
  const { env = process.env, cwd = process.cwd() } = options;
  const path = resolve(cwd, options.path ?? env['QUIESCE_CONFIG'] ?? DEFAULT_CONFIG_FILE);
  return parseConfig(await readText(path), path);
}

/** Checks a config's text; `path` stands in its messages. */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    // Its warnings go to stderr, and one quotes the file.
    logLevel: 'error',
  });
  const problems = new Problems(path, document, lines);
  for (const { code, pos } of document.errors) {
    problems.addAt(pos[0], `is no valid YAML: ${YAML_PROBLEMS[code]}`);
  }
  problems.throwIfAny();

  const content = toContent(document, problems);
  const connections = readConnections(content, problems);
  const callbacks = isRecord(content) ? readCallbacks(content['callbacks'], problems) : undefined;
  const api = readApi(isRecord(content) ? content['api'] : undefined, dirname(path), problems);
  const metrics = readMetrics(isRecord(content) ? content['metrics'] : undefined, problems);
  const worker = readWorker(isRecord(content) ? content['worker'] : undefined, problems);
  problems.throwIfAny();
  return {
    path,
    connections: new Map(connections.map((connection) => [connection.name, connection])),
    ...(callbacks !== undefined && { callbacks }),
    api,
    ...(metrics !== undefined && { metrics }),
    worker,
  };
}

function readMetrics(content: unknown, problems: Problems): MetricsSettings | undefined {
  if (content === undefined) return undefined;
  const { data, error } = metricsSchema.safeParse(content ?? {});
  if (error !== undefined) problems.addIssues(['metrics'], error.issues, metricsSchema);
  return data;
}

function readApi(content: unknown, folder: string, problems: Problems): ApiSettings {
  const parsed = apiSchema.safeParse(content ?? {});
  if (!parsed.success) {
    problems.addIssues(['api'], parsed.error.issues, apiSchema);
    problems.throwIfAny();
  }
  const { tls, keysFile, ...rest } = parsed.data ?? apiSchema.parse({});
  return {
    ...rest,
    ...(tls !== undefined && { tls: { cert: resolve(folder, tls.cert), key: resolve(folder, tls.key) } }),
    ...(keysFile !== undefined && { keysFile: resolve(folder, keysFile) }),
  };
}

function readWorker(content: unknown, problems: Problems): WorkerSettings {
  const parsed = workerSchema.safeParse(content ?? {});
  if (!parsed.success) {
    problems.addIssues(['worker'], parsed.error.issues, workerSchema);
    problems.throwIfAny();
  }
  return toWorkerSettings(parsed.data ?? workerSchema.parse({}));
}

function readConnections(content: unknown, problems: Problems): Connection[] {
  if (!isRecord(content)) {
    problems.add([], 'must hold "connections:"');
    return [];
  }
  for (const key of Object.keys(content)) if (!SECTIONS.includes(key)) problems.unknownKey([], key, SECTIONS);
  const named = content['connections'];
  if (!isRecord(named) || Object.keys(named).length === 0) {
    const what =
      'has no connections: name at least one, with its provider and settings (see docs/configuration.md)';
    problems.add(named === undefined ? [] : ['connections'], what);
    return [];
  }
  const read = Object.entries(named).flatMap(([name, value]) => readConnection(name, value, problems) ?? []);
  refuseTwins(read, problems);
  return read;
}

/** An alias to nothing, or too many of them, shows only here. */
function toContent(document: Document, problems: Problems): unknown {
  try {
    return document.toJS() ?? {};
  } catch {
    problems.add([], 'uses YAML aliases that cannot be resolved');
    problems.throwIfAny();
    return undefined;
  }
}

function readConnection(name: string, value: unknown, problems: Problems): Connection | undefined {
  const path = ['connections', name];
  if (!CONNECTION_NAME.test(name)) {
    problems.add(
      path,
      'is no name for a connection: at most 63 lower-case letters, digits, dots, dashes and underscores, and not 20 letters and digits in a row, which look like a key',
    );
  }
  const wanted = isRecord(value) ? value['provider'] : undefined;
  const definition = ALL_PROVIDERS.find(({ id }) => id === wanted);
  if (definition === undefined) {
    problems.unknownProvider(
      path,
      wanted,
      ALL_PROVIDERS.map(({ id }) => id),
    );
    return undefined;
  }
  const schema = connectionSchema(definition);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    problems.addIssues(path, parsed.error.issues, schema);
    return undefined;
  }
  const { provider: _, pollEvery, quotas, ...settings } = parsed.data;
  const everyMs = typeof pollEvery === 'string' ? parseDurationMs(pollEvery) : undefined;
  return {
    name,
    provider: definition,
    settings,
    pacing: everyMs === undefined ? definition.pacing : [{ everyMs }],
    quotas: { ...definition.operations, ...readQuotas(quotas) },
  };
}

function readQuotas(configured: QuotaSettings = {}): Record<string, Quota | null> {
  const given = Object.entries(configured).flatMap(([operation, quota]) => {
    if (quota === undefined) return [];
    return [[operation, quota && { calls: quota.calls, perMs: parseDurationMs(quota.per) ?? 0 }] as const];
  });
  return Object.fromEntries(given);
}

/** Two names for one account and region would give the same task two cancellations. */
function refuseTwins(connections: readonly Connection[], problems: Problems): void {
  const byContent = new Map<string, string>();
  for (const { name, provider, settings } of connections) {
    const content = JSON.stringify([
      provider.id,
      Object.entries(settings).sort(([a], [b]) => a.localeCompare(b)),
    ]);
    const twin = byContent.get(content);
    if (twin !== undefined) {
      problems.add(
        ['connections', name],
        `is the same as "${twin}": one account and region is one connection, or a task would have two cancellations`,
      );
    }
    byContent.set(content, name);
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  if (bytes.length > LARGEST_BYTES)
    throw new ConfigError(`The config ${path} is larger than ${LARGEST_BYTES} bytes: is it another file?`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(`The config ${path} holds bytes that are not UTF-8: save it as UTF-8.`);
  }
}

/** No more than says that it is too large: a device or a pipe may never end. */
async function readBytes(path: string): Promise<Buffer> {
  try {
    const parts: Buffer[] = [];
    for await (const part of createReadStream(path, { end: LARGEST_BYTES })) parts.push(part as Buffer);
    return Buffer.concat(parts);
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? message})`;
    throw new ConfigError(
      `The config ${path} ${why}: create it, or name another with --config or QUIESCE_CONFIG (see docs/configuration.md).`,
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
