import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createEncryptionCodec } from '../../encryption/encryption-codec.js';
import { loadEncryptionKeys, parseEncryptionKeys } from '../../encryption/encryption-keys.js';

const keyText = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const codecOf = (...entries: string[]) =>
  createEncryptionCodec(entries.length === 0 ? new Map() : parseEncryptionKeys(entries.join('\n'), 'a test'));
const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const [OLD, NEW, OTHER_OLD] = [keyText('old'), keyText('new'), keyText('old')];

async function reEncoded(payload: Payload, by: string[], readBy: string[]): Promise<unknown> {
  const encoded = await codecOf(...by).encode([payload]);
  const [decoded] = await codecOf(...readBy).decode(encoded);
  return defaultPayloadConverter.fromPayload(decoded!);
}

describe('the encryption codec', () => {
  it('hides the value and its metadata, never twice alike, and gives both back', async () => {
    const value = { reason: 'INC-42', ids: ['task-1', 'é'], none: null };
    assert.deepEqual(await reEncoded(payloadOf(value), [OLD], [OLD]), value);
    const [one, two] = await codecOf(OLD).encode([payloadOf(value), payloadOf(value)]);
    assert.deepEqual(Object.keys(one!.metadata ?? {}), ['encoding', 'encryption-key-id']);
    assert.ok(!Buffer.from(one!.data!).includes('INC-42'));
    assert.notDeepEqual(one!.data, two!.data);
  });

  it('reads what any of its keys has encrypted, and encrypts by the first', async () => {
    assert.equal(await reEncoded(payloadOf(1), [OLD], [NEW, OLD]), 1);
    assert.equal(await reEncoded(payloadOf(1), [NEW, OLD], [NEW]), 1);
  });

  it('leaves what is in the clear as it is when it reads, and all of it without keys', async () => {
    const plain = payloadOf('plain');
    assert.deepEqual(await codecOf(OLD).decode([plain]), [plain]);
    assert.deepEqual(await codecOf().encode([plain]), [plain]);
  });

  it('says which key it lacks, in one sentence', async () => {
    await assert.rejects(
      reEncoded(payloadOf(1), [OLD], []),
      /by the key "old".*QUIESCE_ENCRYPTION_KEYS_FILE/,
    );
    await assert.rejects(reEncoded(payloadOf(1), [OLD], [NEW]), /by the key "old".*it has new/);
    await assert.rejects(
      reEncoded(payloadOf(1), [OLD], [OTHER_OLD]),
      /another key than the one that is called "old"/,
    );
  });

  it('refuses what was changed on its way, wherever, or cut short', async () => {
    const [encoded] = await codecOf(OLD).encode([payloadOf('x')]);
    const data = Buffer.from(encoded!.data!);
    const refused = (changed: Buffer) =>
      assert.rejects(codecOf(OLD).decode([{ ...encoded!, data: changed }]), { name: 'EncryptionError' });
    for (const place of data.keys()) {
      const changed = Buffer.from(data);
      changed[place]! ^= 1;
      await refused(changed);
    }
    for (const length of data.keys()) await refused(data.subarray(0, length));
  });
});

describe('encryption keys', () => {
  it('are read from a file with comments, or from a variable; without either there are none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-keys-'));
    try {
      const path = join(folder, 'keys');
      await writeFile(path, `# since May\n${NEW}\n\n  # until May\n${OLD}\n`);
      const ids = async (env: NodeJS.ProcessEnv) => [...(await loadEncryptionKeys(env)).keys()];
      assert.deepEqual(await ids({ QUIESCE_ENCRYPTION_KEYS_FILE: path }), ['new', 'old']);
      assert.deepEqual(await ids({ QUIESCE_ENCRYPTION_KEYS: `${OLD} ${NEW}` }), ['old', 'new']);
      assert.deepEqual(await ids({}), []);
      await assert.rejects(
        ids({ QUIESCE_ENCRYPTION_KEYS_FILE: path, QUIESCE_ENCRYPTION_KEYS: OLD }),
        /not both/,
      );
      await assert.rejects(
        ids({ QUIESCE_ENCRYPTION_KEYS_FILE: join(folder, 'no') }),
        /cannot be read \(ENOENT\)/,
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('that cannot be used are told by their place, and never quoted', () => {
    const short = randomBytes(16).toString('base64');
    const urlSafe = `old:${'-_'.repeat(21)}A=`;
    const wrong: [string, RegExp][] = [
      ['', /no key in a test/],
      ['# only a comment', /no key in a test/],
      [`old:${short}`, /Entry 1 .* 32 random bytes/],
      [OLD.slice('old:'.length), /Entry 1 /],
      [urlSafe, /Entry 1 /],
      [`${NEW} old: ${short}`, /Entry 2 /],
      [`${OLD} ${OTHER_OLD}`, /Entry 2 .* an id of its own/],
    ];
    for (const [text, sentence] of wrong) {
      assert.throws(
        () => parseEncryptionKeys(text, 'a test'),
        ({ name, message }: Error) => {
          assert.equal(name, 'EncryptionError');
          assert.match(message, sentence);
          for (const part of text.split(/[\s:]+/).filter((each) => each.length > 10 && /[A-Z]/.test(each)))
            assert.ok(!message.includes(part));
          return true;
        },
      );
    }
  });
});
