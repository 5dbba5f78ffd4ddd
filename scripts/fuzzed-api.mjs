import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { changeKeysFile, newApiKey } from '../dist/api/keys-file.js';
import { startStack } from '../dist/cli/stack/start-stack.js';
import { within } from '../dist/devserver/within.js';
import { namesToFuzz } from './names-to-fuzz.mjs';

const ALL_SCOPES = ['read', 'cancel', 'campaign'];
const READY_WITHIN_MS = 60_000;

/**
 * The HTTP service as `quiesce api` runs it, in a process of its own, with a key, a real Temporal, the simulated clouds and a
 * Worker. `names` are what there is to ask about: dictionaries for the fuzzer.
 */
export async function startFuzzedApi({ root, folder, say, signal }) {
  rmSync(folder, { recursive: true, force: true });
  const stack = await startStack({ folder, env: process.env, say, signal });
  const stops = [() => stack.stop()];
  const stop = async () => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    appendFileSync(stack.configPath, 'api: { keysFile: keys.json, rateLimit: null }\n');
    const key = await makeKey(join(folder, 'keys.json'));
    const logPath = join(folder, 'api.log');
    const api = await startApi({ root, stack, logPath, signal });
    stops.push(() => api.stop());
    const ask = askerOf(api.url, key);
    return {
      url: api.url,
      key,
      ask,
      names: await namesToFuzz(ask, stack),
      errors: () => errorsIn(logPath),
      isAlive: api.isAlive,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeKey(path) {
  const { key, sha256 } = newApiKey();
  const createdAt = new Date().toISOString();
  await changeKeysFile(path, () => [{ name: 'fuzzer', sha256, scopes: ALL_SCOPES, createdAt }]);
  return key;
}

async function startApi({ root, stack, logPath, signal }) {
  const bin = join(root, 'bin', 'quiesce.js');
  const api = spawn(
    process.execPath,
    ['--trace-warnings', bin, 'api', '--port', '0', '--config', stack.configPath],
    {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: stack.temporal.address,
        TEMPORAL_NAMESPACE: stack.temporal.namespace,
      },
      // With its channel to us it ends when we do.
      stdio: ['ignore', 'pipe', openSync(logPath, 'w'), 'ipc'],
    },
  );
  const exited = once(api, 'exit');
  const isAlive = () => api.exitCode === null && api.signalCode === null;
  const [line] = await within(READY_WITHIN_MS, [signal], (limit) =>
    Promise.race([
      once(createInterface(api.stdout), 'line', { signal: limit }),
      exited.then(() => Promise.reject(new Error(`The API ended; ${logPath} says why.`))),
    ]),
  );
  return {
    url: /http:\/\/[\w.:[\]]+/.exec(line)[0],
    isAlive,
    async stop() {
      if (isAlive()) api.kill('SIGTERM');
      await exited;
    },
  };
}

function askerOf(url, key) {
  return async (method, path, body) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  };
}

/** What the service logged of errors that nobody expected. */
function errorsIn(logPath) {
  const lines = readFileSync(logPath, 'utf8').trim().split('\n');
  return lines.filter((line) => !line.startsWith('{') || JSON.parse(line).level >= 50);
}
