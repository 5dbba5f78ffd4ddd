import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signCallback } from '../../activities/sign-callback.js';
import { newSecret } from '../callback-receiver.js';
import { lowPorts } from '../low-ports.js';

const DOCS = join(import.meta.dirname, '../../../docs/callbacks.md');

describe('the receiver of docs/callbacks.md', () => {
  it('takes what is signed, once, and nothing else', async (t) => {
    const [, example] = /```js\n([\s\S]*?)```/.exec(await readFile(DOCS, 'utf8')) ?? [];
    // Where it finds the library.
    const file = join(import.meta.dirname, `receiver-${randomBytes(4).toString('hex')}.mjs`);
    await writeFile(file, example ?? '');
    const secret = newSecret();
    process.env['QUIESCE_TEST_CALLBACK_SECRET'] = secret;
    const [port] = await lowPorts('127.0.0.1', 1);
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, CALLBACK_SECRET: secret, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(async () => {
      child.kill();
      await rm(file);
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));

    const body = JSON.stringify({ type: 'cancellation.ended', data: { id: 'x', verdict: 'canceled' } });
    const setting = { secret: { env: 'QUIESCE_TEST_CALLBACK_SECRET' }, secretSetting: 'callbacks.secret' };
    const headers = await signCallback(setting, 'msg_1', body);
    const post = async (text: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body: text });
      return answer.status;
    };
    while ((await post(body).catch(() => 0)) !== 204) await sleep(50);
    assert.equal(await post(body), 204);
    assert.equal(await post(`${body} `), 401);
    child.kill();
    await once(child, 'exit');
    assert.equal(said, 'cancellation.ended x canceled\n');
  });
});
