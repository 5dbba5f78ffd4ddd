import type { Client } from '@temporalio/client';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { authenticationOf } from '../../api/authenticate.js';
import { createServer } from '../../api/create-server.js';
import { Quiesce } from '../../client/index.js';
import { loadConfig } from '../../config/load-config.js';

/** The HTTP service in this process. */
export interface RunningApi {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ApiOptions {
  readonly client: Client;
  readonly configPath: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly logPath: string;
}

/** Starts the HTTP service on loopback, without authentication: whoever sits at this machine may do all. */
export async function startApi({ client, configPath, port, logPath }: ApiOptions): Promise<RunningApi> {
  const { api, ...config } = await loadConfig({ path: configPath });
  const host = '127.0.0.1';
  const log = createWriteStream(logPath);
  const app = await createServer({
    quiesce: new Quiesce(client),
    config: { ...config, api: { ...api, host, port } },
    authenticate: authenticationOf({ ...api, host }, true),
    log,
  });
  const url = await app.listen({ host, port });
  return {
    url,
    async stop() {
      await app.close();
      log.end();
      await once(log, 'close');
    },
  };
}
