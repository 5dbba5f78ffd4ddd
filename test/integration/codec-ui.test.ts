import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Browser } from 'playwright-core';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { startDevServer, type DevServer } from '../../devserver/start-dev-server.js';
import { loadDataConverter } from '../../encryption/data-converter.js';
import { findChromium, NO_CHROMIUM, startChromium } from '../chromium.js';
import { lowPorts } from '../low-ports.js';
import { startQuiesce, type QuiesceProcess } from '../quiesce-process.js';

const CHROMIUM = findChromium();
const KEYS = ['one', 'task-ids'].map((id) => `${id}:${randomBytes(32).toString('base64')}`).join('\n');
const REASON = 'INC-4711: the wrong file system';
/** Far more than anything here takes: it ends what hangs. */
const PATIENCE_MS = 60_000;

describe(
  'the Temporal UI with the codec server',
  { skip: CHROMIUM === undefined && NO_CHROMIUM, timeout: 300_000 },
  () => {
    let temporal: DevServer;
    let codec: QuiesceProcess;
    let connection: Connection;
    let browser: Browser;
    let uiUrl: string;

    before(async () => {
      const [uiPort = 0, codecPort] = await lowPorts('127.0.0.1', 2);
      uiUrl = `http://localhost:${uiPort}`;
      const { path } = await provideTemporal({});
      const extraArgs = ['--ui-codec-endpoint', `http://localhost:${codecPort}`];
      temporal = await startDevServer({ path, uiPort, extraArgs });
      const env = { PATH: process.env['PATH'], QUIESCE_ENCRYPTION_KEYS: KEYS, TEMPORAL_UI_URL: uiUrl };
      codec = startQuiesce(['codec', '--no-auth', '--host', '127.0.0.1', '--port', String(codecPort)], env);
      await codec.until(/ready at/);
      connection = await Connection.connect({ address: temporal.address });
      browser = await startChromium(CHROMIUM ?? '');
    });
    after(async () => {
      await browser?.close();
      await connection?.close();
      await codec?.stop();
      await temporal?.stop();
    });

    it('shows what the server does not have in the clear', async () => {
      const dataConverter = await loadDataConverter({ encryptionKeys: KEYS });
      const { workflow } = new Client({ connection, dataConverter });
      const options = { workflowId: 'told', taskQueue: 'nobody', args: [{ reason: REASON }] };
      const { firstExecutionRunId } = await workflow.start('cancelTask', options);
      const events = await textOf(`${uiUrl}/api/v1/namespaces/default/workflows/told/history`);
      assert.ok(
        events.includes(Buffer.from('binary/encrypted').toString('base64')),
        `nothing is encrypted: ${events}`,
      );
      const page = await (await browser.newContext()).newPage();
      await page.goto(`${uiUrl}/namespaces/default/workflows/told/${firstExecutionRunId}/history`, {
        waitUntil: 'domcontentloaded',
      });
      await page.getByText(REASON).first().waitFor({ timeout: PATIENCE_MS });
    });
  },
);

/** The server answers before its Web UI has found it. */
async function textOf(url: string): Promise<string> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return answer.text();
    await answer?.body?.cancel();
    await sleep(100);
  }
}
