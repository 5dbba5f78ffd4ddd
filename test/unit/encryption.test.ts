import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { dataConverterOf, maskOf } from '../../encryption/data-converter.js';
import { createEncryptionCodec } from '../../encryption/encryption-codec.js';
import { loadEncryptionKeys, parseEncryptionKeys } from '../../encryption/encryption-keys.js';

const keyText = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const TASK_IDS = keyText('task-ids');
const keysOf = (...entries: string[]) =>
  entries.length === 0
    ? { ofPayloads: new Map() }
    : parseEncryptionKeys([TASK_IDS, ...entries].join('\n'), 'a test');
const codecOf = (...entries: string[]) => createEncryptionCodec(keysOf(...entries));
const payloadOf = (value: unknown) => defaultPayloadConverter.toPayload(value);
const [OLD, NEW, OTHER_OLD] = [keyText('old'), keyText('new'), keyText('old')];

async function reEncoded(payload: Payload, by: string[], readBy: string[]): Promise<unknown> {
  const encoded = await codecOf(...by).encode([payload]);
  const [decoded] = await codecOf(...readBy).decode(encoded);
  return defaultPayloadConverter.fromPayload(decoded!);
}

describe('the encryption codec', () => {
  it('never encrypts by the key that names tasks, wherever it stands', async () => {
    for (const entries of [
      [TASK_IDS, NEW],
      [NEW, TASK_IDS],
    ]) {
      const [encoded] = await createEncryptionCodec(parseEncryptionKeys(entries.join(' '), 'a test')).encode([
        payloadOf(1),
      ]);
      assert.equal(Buffer.from(encoded!.metadata!['encryption-key-id']!).toString(), 'new');
    }
  });

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

describe('the mask of a text', () => {
  const masked = (text: string, ...entries: string[]) =>
    maskOf(dataConverterOf(parseEncryptionKeys(entries.join(' '), 'a test')))?.(text);

  it('is its HMAC-SHA-256, cut short, so that others can make it', () => {
    // `printf %s aws-fsx://prod/task-1 | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b…0b`, of which the first 24 bytes.
    const key = `task-ids:${Buffer.alloc(32, 0x0b).toString('base64')}`;
    assert.equal(masked('aws-fsx://prod/task-1', NEW, key), '_QF6VoOpEcspoRI51-e-9edSrSU-h_Bv');
  });

  it('is another for each text and each key "task-ids", whatever the other keys are', () => {
    const other = keyText('task-ids');
    assert.equal(masked('a', NEW, TASK_IDS), masked('a', TASK_IDS, OLD));
    assert.equal(
      new Set([masked('a', NEW, TASK_IDS), masked('b', NEW, TASK_IDS), masked('a', NEW, other)]).size,
      3,
    );
  });

  it('is none where nothing is encrypted', () => {
    assert.equal(maskOf(dataConverterOf({ ofPayloads: new Map() })), undefined);
    assert.equal(maskOf({}), undefined);
  });
});

describe('encryption keys', () => {
  it('are read from a file with comments, or from a variable; without either there are none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-keys-'));
    try {
      const path = join(folder, 'keys');
      await writeFile(path, `# since May\n${NEW}\n\n  # until May\n${OLD}\n${TASK_IDS}\n`);
      const ids = async (env: NodeJS.ProcessEnv) => [...(await loadEncryptionKeys(env)).ofPayloads.keys()];
      assert.deepEqual(await ids({ QUIESCE_ENCRYPTION_KEYS_FILE: path }), ['new', 'old']);
      assert.deepEqual(await ids({ QUIESCE_ENCRYPTION_KEYS: `${TASK_IDS} ${OLD} ${NEW}` }), ['old', 'new']);
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
      [TASK_IDS, /no key in a test/],
      [
        `${NEW} ${OLD}`,
        /no key "task-ids" in a test.*`echo "task-ids:\$\(openssl rand -base64 32\)"` makes one/,
      ],
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
