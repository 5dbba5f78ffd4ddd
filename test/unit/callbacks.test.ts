import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, LookupFunction } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { CallbackError } from '../../activities/callback-error.js';
import { isPublicAddress } from '../../activities/public-address.js';
import { publicLookup } from '../../activities/public-connector.js';
import { retryAfterMs } from '../../activities/retry-after.js';
import { sendCallback } from '../../activities/send-callback.js';
import { signCallback } from '../../activities/sign-callback.js';
import { allowHost, parseHost, type AllowedHost } from '../../contract/allowed-host.js';
import { isCallbackUrl, webhookId } from '../../contract/callback.js';
import { newSecret, startReceiver } from '../callback-receiver.js';

describe('the address of a callback', () => {
  const good = [
    'https://hooks.example.com',
    'HTTPS://Hooks.Example.com/a/b?c=d&e=@f',
    'http://127.0.0.1:8080/?x',
    'https://[2001:db8::1]:8443/x',
  ];
  const bad: unknown[] = [
    undefined,
    null,
    7,
    '',
    'hooks.example.com',
    'ftp://hooks.example.com/',
    'https://',
    'https:///x',
    'https://ada:secret@hooks.example.com/',
    'https://token@hooks.example.com/',
    'https://hooks.example.com\\@127.0.0.1/',
    'https://hooks.example.com/\\x',
    'https://hooks.example.com/#x',
    'https://hooks.example.com/ x',
    'https://hooks.example.com/\n',
    'https://hooks.example.com/\u0000',
    'https://höks.example.com/',
    ' https://hooks.example.com/',
    'https://hooks.example.com%2f@x/',
    `https://hooks.example.com/${'x'.repeat(2_000)}`,
  ];
  for (const url of good) it(`may be ${url}`, () => assert.ok(isCallbackUrl(url)));
  for (const url of bad)
    it(`may not be ${JSON.stringify(url)?.slice(0, 60)}`, () => assert.ok(!isCallbackUrl(url)));

  it('is what URL takes it for: no user, no password, no fragment, and the host that stands in it', () => {
    const part = fc.constantFrom(
      'https',
      '://',
      'a.b',
      '@',
      ':',
      '/',
      '\\',
      '?',
      '#',
      '%40',
      '[',
      ']',
      '1',
      ' ',
    );
    const texts = fc.array(part, { maxLength: 9 }).map((parts) => `https://${parts.join('')}`);
    fc.assert(
      fc.property(texts, (text) => {
        if (!isCallbackUrl(text) || !URL.canParse(text)) return;
        const url = new URL(text);
        assert.deepEqual([url.username, url.password, url.hash], ['', '', '']);
        const host = /^https:\/\/([^/?]+)/.exec(text)?.[1]?.replace(/:(443)?$/, '') ?? '';
        if (/[a-z]/.test(host)) assert.equal(url.host.replace(/:443$/, ''), host.replace(/:0*(\d+)$/, ':$1'));
      }),
      { numRuns: 20_000 },
    );
  });

  it('gives one id for one Workflow and one address', () => {
    const id = webhookId('run', 'https://a.example/');
    assert.match(id, /^msg_[0-9a-f]{32}$/);
    assert.equal(id, webhookId('run', 'https://a.example/'));
    assert.notEqual(id, webhookId('run', 'https://b.example/'));
    assert.notEqual(id, webhookId('other', 'https://a.example/'));
  });
});

describe('the hosts that callbacks may go to', () => {
  const allowed = (...texts: string[]): AllowedHost[] =>
    texts.map((text) => ({ ...parseHost(text)!, allowPrivate: false, allowInsecure: true }));
  const fits: [host: string, url: string, fits: boolean][] = [
    ['hooks.example.com', 'https://hooks.example.com/x', true],
    ['Hooks.Example.com', 'https://hooks.EXAMPLE.com:443/x', true],
    ['hooks.example.com', 'http://hooks.example.com/x', true],
    ['hooks.example.com', 'https://hooks.example.com:8443/', false],
    ['hooks.example.com', 'http://hooks.example.com:443/', false],
    ['hooks.example.com', 'https://hooks.example.com.evil.example/', false],
    ['hooks.example.com', 'https://xhooks.example.com/', false],
    ['hooks.example.com', 'https://hooks.example.com./', false],
    ['hooks.example.com:8443', 'https://hooks.example.com:8443/', true],
    ['hooks.example.com:8443', 'https://hooks.example.com/', false],
    ['*.example.com', 'https://a.b.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://aexample.com/', false],
    ['127.0.0.1', 'http://2130706433/', true],
    ['[::1]:80', 'http://[0:0:0:0:0:0:0:1]/', true],
  ];
  for (const [host, url, expected] of fits)
    it(`${host} is ${expected ? '' : 'not '}${url}`, () =>
      assert.equal('host' in allowHost(allowed(host), new URL(url)), expected));

  it('are those of the first entry that fits', () => {
    const [exact, wild] = allowed('a.example.com', '*.example.com');
    assert.deepEqual(allowHost([wild!, exact!], new URL('https://a.example.com/')), { host: wild });
  });

  for (const text of [
    '',
    '*',
    '*.com',
    '*.',
    '*.1.2',
    'https://x.example',
    'x.example/y',
    'a@b',
    'a b',
    'x:99999',
    'x:',
    '*.*.x.y',
    'a.*.b',
    '*.[::1]',
  ])
    it(`"${text}" is none`, () => assert.equal(parseHost(text), undefined));
});

/** One inside of every network, its first and its last. */
const NOT_PUBLIC = [
  [
    '0.0.0.0',
    '0.255.255.255',
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.100.100.200',
    '100.127.255.255',
  ],
  ['127.0.0.1', '127.255.255.255', '169.254.0.0', '169.254.169.254', '172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.192', '192.0.2.1', '192.88.99.1', '192.168.0.0', '192.168.255.255', '198.18.0.0'],
  ['198.19.255.255', '198.51.100.7', '203.0.113.7', '224.0.0.1', '239.255.255.255', '240.0.0.1'],
  ['255.255.255.255', '168.63.129.16'],
  ['::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:8.8.8.8'],
  [
    '64:ff9b::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:0:4136:e378:8000:63bf::',
  ],
  [
    '2001:20::1',
    '2001:db8::1',
    '2002:7f00:1::',
    '2002:808:808::1',
    '3fff::1',
    '5f00::1',
    'fc00::1',
    'fd00:ec2::254',
  ],
  ['fe80::1', 'fe80::1%lo', 'febf::1', 'fec0::1', 'ff02::1', 'ff0e::1', '4000::1'],
  ['', 'localhost', '8.8.8', '08.8.8.8', '8.8.8.8:80', '[2606:4700::1]'],
].flat();
const PUBLIC = [
  ['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  [
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
  ],
  ['192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255', '168.63.129.17'],
  ['2001:200::1', '2001:4860:4860::8888', '2606:4700:4700::1111', '2a00:1450::1', '2003::1', '3ffe:ffff::1'],
].flat();

describe('an address of the public Internet', () => {
  for (const address of NOT_PUBLIC)
    it(`is not ${address}`, () => assert.equal(isPublicAddress(address), false));
  for (const address of PUBLIC) it(`is ${address}`, () => assert.equal(isPublicAddress(address), true));

  it('is, of IPv4, the same under every writing of URL', () => {
    const inNetworks = fc.constantFrom(0x7f000001, 0x0a000001, 0xa9fea9fe, 0xc0a80001, 0x64646464);
    fc.assert(
      fc.property(inNetworks, fc.constantFrom(10, 16, 8), (number, base) => {
        const prefix = { 10: '', 16: '0x', 8: '0' }[base] ?? '';
        const { hostname } = new URL(`http://${prefix}${number.toString(base)}/`);
        assert.equal(isPublicAddress(hostname), false, hostname);
      }),
    );
  });
});

describe('a callback’s connection', () => {
  /** Finds these in turn, as a resolver does that means ill. */
  const rebinding = (...answers: string[][]) => {
    let lookups = 0;
    const lookup: LookupFunction = (_hostname, _options, callback) => {
      const found = answers[Math.min(lookups++, answers.length - 1)] ?? [];
      callback(
        null,
        found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    return { lookup, lookups: () => lookups };
  };
  const request = (port: number, lookup: LookupFunction) => ({
    url: new URL(`http://hooks.example.com:${port}/`),
    headers: {},
    body: '{}',
    allowPrivate: false,
    lookup,
  });

  async function listener(t: TestContext) {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.end('HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  }

  it('is made to no private address that a name has, whatever it had before', async (t) => {
    const here = await listener(t);
    const { signal } = new AbortController();
    for (const found of [['127.0.0.1'], ['::ffff:127.0.0.1'], ['10.0.0.1', '127.0.0.1'], []]) {
      const { lookup, lookups } = rebinding(found);
      await assert.rejects(sendCallback(request(here.port, lookup), signal), (thrown: unknown) => {
        assert.ok(thrown instanceof CallbackError && thrown.kind === 'notAllowed', String(thrown));
        return true;
      });
      assert.equal(lookups(), 1, 'what was looked up is what is connected to');
    }
    // These are not looked up.
    for (const literal of ['127.0.0.1', '2130706433', '[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]']) {
      const { lookup, lookups } = rebinding(['1.1.1.1']);
      const url = new URL(`http://${literal}:${here.port}/`);
      await assert.rejects(sendCallback({ ...request(here.port, lookup), url }, signal), {
        kind: 'notAllowed',
      });
      assert.equal(lookups(), 0);
    }
    assert.equal(here.connections(), 0);
    const { lookup } = rebinding(['127.0.0.1']);
    const answer = await sendCallback({ ...request(here.port, lookup), allowPrivate: true }, signal);
    assert.deepEqual([answer.status, here.connections()], [204, 1]);
  });

  it('is tried with the public ones of its addresses alone', async () => {
    const found = (lookup: LookupFunction, all: boolean) =>
      new Promise((resolve, reject) => {
        publicLookup(lookup)('hooks.example.com', { all }, (error, address, family) =>
          error ? reject(error) : resolve([address, family]),
        );
      });
    const mixed = ['127.0.0.1', '1.1.1.1', '::1', '2606:4700::1'];
    assert.deepEqual(await found(rebinding(mixed).lookup, true), [
      [
        { address: '1.1.1.1', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ],
      undefined,
    ]);
    assert.deepEqual(await found(rebinding(mixed).lookup, false), ['1.1.1.1', 4]);
    // The second lookup is checked as the first was.
    const { lookup } = rebinding(['1.1.1.1'], ['127.0.0.1']);
    await found(lookup, true);
    await assert.rejects(found(lookup, true), { name: 'NotPublicError' });
  });

  it('is given up when the receiver hangs up at once, instead of being made for ever', async (t) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { lookup } = rebinding(['127.0.0.1']);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 2_000);
    await assert.rejects(
      sendCallback({ ...request(port, lookup), allowPrivate: true }, controller.signal),
      (thrown: unknown) => thrown instanceof CallbackError && thrown.kind === 'unreachable',
    );
    assert.ok(connections >= 1 && connections < 100, `${connections} connections`);
  });

  it('is refused where nobody vouches for the receiver', async (t) => {
    const receiver = await startReceiver({ tls: true });
    t.after(() => receiver.close());
    const { signal } = new AbortController();
    const url = new URL(receiver.origin);
    await assert.rejects(
      sendCallback({ url, headers: {}, body: '{}', allowPrivate: true }, signal),
      (thrown: unknown) => {
        assert.ok(thrown instanceof CallbackError && thrown.kind === 'unreachable');
        assert.match(thrown.message, /^localhost:\d+ gave no answer: DEPTH_ZERO_SELF_SIGNED_CERT/);
        return true;
      },
    );
    assert.equal(receiver.forged(), 0);
  });

  it('reads no more than a little of what the receiver says, and waits for no more of it', async (t) => {
    let sent = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`)) sent += 0x4000;
      };
      socket.on('drain', more);
      socket.once('data', more);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { lookup } = rebinding(['127.0.0.1']);
    const answer = await sendCallback(
      { ...request(port, lookup), allowPrivate: true },
      new AbortController().signal,
    );
    assert.deepEqual(answer, { status: 200 });
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes`);
  });
});

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-21T12:00:00Z');
  const cases: [header: string | undefined, waitMs: number | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['120', 120_000],
    [' 7 ', 7_000],
    ['99999999999999', 86_400_000],
    ['1e9', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', undefined],
  ];
  for (const [header, waitMs] of cases)
    it(`${header} is ${waitMs} ms`, () => assert.equal(retryAfterMs(header, nowMs), waitMs));
});

describe('the secret of a callback', () => {
  const sign = (secret: string) => {
    process.env['QUIESCE_TEST_CALLBACK_SECRET'] = secret;
    const ref = { env: 'QUIESCE_TEST_CALLBACK_SECRET' };
    return signCallback({ secret: ref, secretSetting: 'callbacks.secret' }, 'msg_1', '{}');
  };

  it('may have 24 to 64 bytes, and there may be several', async () => {
    for (const bytes of [24, 25, 26, 32, 64]) await sign(newSecret(bytes));
    const headers = await sign(` ${newSecret()}\n\t${newSecret()} `);
    assert.equal(headers['webhook-signature']?.split(' ').length, 2);
  });

  for (const [name, secret] of [
    ['none', ''],
    ['too short', newSecret(23)],
    ['too long', newSecret(65)],
    ['without its prefix', newSecret().slice(6)],
    ['not base64', `whsec_${'!'.repeat(40)}`],
    ['cut off', newSecret().slice(0, -2)],
    ['good and a bad one', `${newSecret()} whsec_x`],
  ] as const)
    it(`is refused when it is ${name}, and not told`, async () => {
      await assert.rejects(sign(secret), (thrown: unknown) => {
        assert.ok(thrown instanceof CallbackError && thrown.kind === 'unsigned');
        assert.match(thrown.message, /callbacks\.secret names/);
        assert.ok(secret === '' || !thrown.message.includes(secret.slice(-8)));
        return true;
      });
    });
});
