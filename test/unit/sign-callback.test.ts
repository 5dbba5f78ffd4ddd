import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { CallbackError } from '../../activities/callback-error.js';
import { signCallback } from '../../activities/sign-callback.js';

const VARIABLE = 'QUIESCE_TEST_SIGN_CALLBACK';
const REF = { secret: { env: VARIABLE }, secretSetting: 'callbacks.hosts.1.secret' };
const KEYS = [Buffer.alloc(24, 'k'), Buffer.alloc(32, 'n')] as const;
const BODY = '{"type":"cancellation.ended","text":"für 目"}';
/** The last millisecond of its second: it is cut, and not rounded. */
const NOW_MS = 1_700_000_000_999;

function inForce(t: TestContext, text: string | undefined): void {
  if (text !== undefined) process.env[VARIABLE] = text;
  t.after(() => delete process.env[VARIABLE]);
  t.mock.timers.enable({ apis: ['Date'], now: NOW_MS });
}

const secretOf = (key: Buffer) => `whsec_${key.toString('base64')}`;

/** As the specification has it, without its library. */
function signature(key: Buffer): string {
  const signed = createHmac('sha256', key).update(`msg_1.1700000000.${BODY}`).digest('base64');
  return `v1,${signed}`;
}

describe('the headers of a callback', () => {
  it('are the id, the second, and the signature of both with the body', async (t) => {
    inForce(t, secretOf(KEYS[0]));
    assert.deepEqual(await signCallback(REF, 'msg_1', BODY), {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': signature(KEYS[0]),
    });
  });

  it('have a signature by each secret that there is, in their order', async (t) => {
    inForce(t, KEYS.map(secretOf).join('\n'));
    const headers = await signCallback(REF, 'msg_1', BODY);
    assert.equal(headers['webhook-signature'], KEYS.map(signature).join(' '));
  });

  for (const [what, text, said] of [
    [
      'is not there',
      undefined,
      'The environment variable that callbacks.hosts.1.secret names is not set or empty.',
    ],
    [
      'is none',
      'HUSH',
      'What callbacks.hosts.1.secret names is not whsec_ and 24 to 64 bytes in base64, or several of these with blanks between.',
    ],
  ] as const)
    it(`are not made with a secret that ${what}; the setting is named, and not what it leads to`, async (t) => {
      inForce(t, text);
      await assert.rejects(signCallback(REF, 'msg_1', BODY), (thrown) => {
        assert.ok(thrown instanceof CallbackError);
        assert.deepEqual([thrown.kind, thrown.message, thrown.answer], ['unsigned', said, {}]);
        return true;
      });
    });

  it('are not made where something of our own is wrong, and that is thrown as it is', async () => {
    const broken = { ...REF, secret: null as never };
    await assert.rejects(signCallback(broken, 'msg_1', BODY), TypeError);
  });
});
