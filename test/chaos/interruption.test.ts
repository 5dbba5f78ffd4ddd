import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

const MODULE = new URL('./interruption.js', import.meta.url).href;
/** What is open fails when it is closed, as a scenario does whose parts are gone. */
const PROGRAM = `
  import { setTimeout as sleep } from 'node:timers/promises';
  import { closeOnce, closeOnSignals, unlessInterrupted } from ${JSON.stringify(MODULE)};
  let fail;
  const gone = new Promise((_, reject) => (fail = reject));
  const close = closeOnce(async () => {
    fail(new Error('its parts are gone'));
    await sleep(200);
    console.log('closed');
  });
  closeOnSignals(console.log);
  setInterval(() => undefined, 1_000);
  console.log('open');
  await unlessInterrupted(gone).finally(close);
`;

describe('an interruption of test:chaos', () => {
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)
    it(`by ${signal} closes what is open, once, and then ends`, async () => {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let told = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (told === '') child.kill(signal);
        told += text;
      });
      const [ended] = (await once(child, 'close')) as [number | null];
      assert.equal(told, `open\n${signal}: closing all that was started …\nclosed\n`);
      assert.equal(ended, code);
    });
});
