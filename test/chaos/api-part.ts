import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { newApiKey } from '../../api/keys-file.js';
import { answers } from './answers.js';
import { connectionsOf } from './connections.js';
import { Part } from './part.js';
import { HOST, type Site } from './site.js';

/** The HTTP service, which is not started yet, with a key of all that a caller may do. */
export async function placeApi(
  site: Site,
  port: number,
  { temporal, simulated }: { readonly temporal: string; readonly simulated: string },
): Promise<{ readonly key: string; readonly part: Part }> {
  const { folder, versions } = site;
  const env = { ...site.env, TEMPORAL_ADDRESS: temporal };
  const { key, sha256 } = newApiKey();
  const keysFile = join(folder, 'api-keys.json');
  const scopes = ['read', 'cancel', 'campaign'];
  const entry = { name: 'chaos', sha256, scopes, createdAt: new Date().toISOString() };
  await writeFile(keysFile, JSON.stringify({ keys: [entry] }), { mode: 0o600 });
  const config = join(folder, 'api.yaml');
  const { connections } = connectionsOf(site.vendors, { ...site, endpoint: simulated });
  // One caller is the whole load.
  const api = { host: HOST, port, keysFile, rateLimit: null, heldPerCaller: null };
  await writeFile(config, stringify({ api, connections }));
  const part = new Part(
    'api',
    site.processes,
    () => ({ name: 'api', command: [process.execPath, versions.api, 'api', '--config', config], env }),
    () => answers(`http://${HOST}:${port}/healthz`),
  );
  return { key, part };
}
