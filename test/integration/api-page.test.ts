import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { authenticationOf, withoutAuthentication } from '../../api/authenticate.js';
import type { Scope } from '../../api/caller.js';
import { createServer } from '../../api/create-server.js';
import { changeKeysFile, newApiKey } from '../../api/keys-file.js';
import type { BegunBody } from '../../api/schemas/campaign.js';
import type { CancellationBody } from '../../api/schemas/cancellation.js';
import type { SeedRequest } from '../../simulator/control-requests.js';
import { configOf, startApi, type RunningApi } from '../api-server.js';
import { findChromium, NO_CHROMIUM, startChromium } from '../chromium.js';
import { startStack, type RunningWorker, type Stack } from '../harness.js';

const CHROMIUM = findChromium();
const UI = 'http://temporal.example/ui/';
/** Far more than anything here takes: it ends what hangs. */
const PATIENCE_MS = 60_000;
/** Of all that the page loads, as it is sent. */
const MOST_BYTES = 80_000;
/** https://www.w3.org/TR/WCAG22/#contrast-minimum */
const LEAST_CONTRAST = 4.5;
const MARKUP = '<img src=x onerror="document.title=1">';

describe('the page at /', { skip: CHROMIUM === undefined && NO_CHROMIUM, timeout: 600_000 }, () => {
  let stack: Stack;
  let worker: RunningWorker;
  let api: RunningApi;
  let browser: Browser;
  /** What pages said went wrong, answers of the service aside. */
  const faults: string[] = [];
  const requests: Request[] = [];

  before(async () => {
    stack = await startStack();
    worker = await stack.startWorker();
    api = await startApi(stack, { config: configOf(stack, { temporalUiUrl: UI }) });
    browser = await startChromium(CHROMIUM ?? '');
  });
  after(async () => {
    await browser?.close();
    await api?.close();
    await stack?.close();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    // A policy that is broken is told there, too.
    assert.deepEqual(faults, []);
    requests.length = 0;
  });

  async function open(hash = '', options: BrowserContextOptions = {}, url = api.url): Promise<Page> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    page.on('pageerror', (error) => void faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        faults.push(message.text());
    });
    page.on('request', (request) => void requests.push(request));
    await page.goto(`${url}/${hash}`);
    return page;
  }

  async function seed(count: number, seeded: Partial<SeedRequest> = {}): Promise<string[]> {
    const tasks = await stack.simulator.seed({ provider: 'aws-fsx', state: 'running', count, ...seeded });
    return tasks.map(({ id }) => `aws-fsx://sim/${id}`);
  }

  async function cancel(task: string, more = {}): Promise<CancellationBody> {
    const body = { task, ...more };
    const answer = await api.send<CancellationBody>('POST', '/v1/cancellations', { body });
    assert.equal(answer.status, 202);
    return answer.body;
  }

  async function begin(targets: readonly string[], more = {}): Promise<string> {
    const answer = await api.send<BegunBody>('POST', '/v1/campaigns', {
      body: { reason: 'a test', targets, ...more },
    });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body.id;
  }

  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
  /** A table, by its name. */
  const table = (page: Page, name: string) => page.getByRole('group', { name });
  /** How many targets of a campaign are in a state, as its table says. */
  const row = (page: Page, state: string, count: number) =>
    table(page, 'How many targets are where').getByRole('row', {
      name: new RegExp(`^${state} ${count} `),
    });

  it('is small, comes from this service alone, and may run no script of others', async () => {
    const page = await open();
    await table(page, 'Campaigns').or(page.getByText('There is no campaign yet')).first().waitFor();
    const answers = await Promise.all(requests.map((request) => request.response()));
    const sizes = await Promise.all(
      requests.filter((request) => !request.url().includes('/v1/')).map((request) => request.sizes()),
    );
    const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
    assert.ok(bytes > 0 && bytes < MOST_BYTES, `${bytes} bytes`);
    assert.deepEqual(new Set(requests.map((request) => new URL(request.url()).origin)), new Set([api.url]));
    const policy = answers[0]?.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'.*script-src 'self';style-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.ok(answers.every((answer) => (answer?.status() ?? 0) < 400));
  });

  it('is asked for again only when it has changed, and is sent as it is to who takes no gzip', async () => {
    const plain = await fetch(`${api.url}/api/page/page.js`, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.match(await plain.text(), /^\/\/ @ts-check/);
    const again = await fetch(`${api.url}/api/page/page.js`, {
      headers: { 'if-none-match': plain.headers.get('etag') ?? '' },
    });
    assert.equal(again.status, 304);
  });

  it('shows cancellations as they go on, without losing the focus', async () => {
    const [stuck = ''] = await seed(1, { onCancel: 'stuckCanceling' });
    await cancel(stuck);
    const page = await open();
    const link = page.getByRole('link', { name: stuck });
    await link.focus();
    const [task = ''] = await seed(1);
    await cancel(task);
    const cells = table(page, 'Cancellations').getByRole('row', { name: task });
    await cells.getByText('canceled').waitFor();
    assert.equal(await page.evaluate('document.activeElement.textContent'), stuck);
    // The plot says in words what it shows.
    await page.reload();
    const plot = page.getByRole('img', { name: /canceled 1 cancellation/ });
    await plot.waitFor();
    assert.equal(await plot.locator('canvas').count(), 1);

    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: stuck }).waitFor();
    await page.getByText(/^CANCELING/).waitFor();
    const href = await page.getByRole('link', { name: 'Temporal UI' }).getAttribute('href');
    const workflow = encodeURIComponent(stuck.replace('aws-fsx://', 'cancel/aws-fsx/'));
    assert.match(
      href ?? '',
      new RegExp(`^${UI}namespaces/default/workflows/${workflow}/[0-9a-f-]{36}/history$`),
    );
  });

  it('abandons a cancellation only when a reason is given and that is confirmed', async () => {
    const [task = ''] = await seed(1, { onCancel: 'stuckCanceling' });
    const { id } = await cancel(task);
    const page = await open(`#/cancellations/${id}`);
    await button(page, 'Abandon…').click();
    const dialog = page.getByRole('dialog', { name: 'Stop waiting for the end of this task?' });
    await dialog.getByText('ends as unproven').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await button(page, 'Abandon…').click();
    await button(page, 'Abandon the cancellation').click();
    assert.equal(await dialog.isVisible(), true);
    await dialog.getByRole('textbox').fill('the bucket is gone');
    await button(page, 'Abandon the cancellation').click();
    await page.getByText('waiting ended before the task did', { exact: false }).first().waitFor();
    // The reason may be that of its progress, a moment before its end.
    await button(page, 'Abandon…').waitFor({ state: 'detached' });
    const { body } = await api.send<CancellationBody>('GET', `/v1/cancellations/${id}`);
    const { givenUp } = body.result?.evidence ?? {};
    assert.deepEqual([body.result?.verdict, givenUp?.reason], ['unproven', 'the bucket is gone']);
  });

  it('abandons the cancellation that it shows, and no later one of the same task', async () => {
    const [task = ''] = await seed(1, { onCancel: 'stuckCanceling' });
    const { id } = await cancel(task);
    const page = await open(`#/cancellations/${id}`);
    await button(page, 'Abandon…').click();
    const first = stack.quiesce.cancellation(task);
    await first.abandon({ by: 'another', reason: 'sooner' });
    await first.verdict();
    await cancel(task);
    await page.getByRole('dialog').getByRole('textbox').fill('too late');
    await button(page, 'Abandon the cancellation').click();
    await page.getByRole('alert').getByText('has ended').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('waiting ended before the task did', { exact: false }).first().waitFor();
    const later = stack.quiesce.cancellation(task);
    assert.equal((await later.status()).closedAt, undefined);
    await later.abandon({ by: 'another', reason: 'test' });
  });

  it('follows a campaign to its end, by its events', async () => {
    const good = await seed(30);
    const bad = await seed(3, { onCancel: 'unsupported' });
    const id = await begin([...good, ...bad], { callsPerSecond: 10 });
    const page = await open(`#/campaigns/${id}`);
    await page.getByText('running', { exact: true }).waitFor();
    await page.getByText('Every target has its verdict.').waitFor();
    await row(page, 'canceled', 30).waitFor();
    await row(page, 'refused', 3).waitFor();
    await page.getByRole('img', { name: /canceled 30 targets, refused 3 targets/ }).waitFor();
    const need = table(page, 'Targets that need a look');
    for (const task of bad) await need.getByRole('row', { name: new RegExp(`${task} refused`) }).waitFor();
    assert.ok(requests.some((request) => request.url().endsWith(`/v1/campaigns/${id}/events`)));
    const href = await page.getByRole('link', { name: 'Temporal UI' }).getAttribute('href');
    assert.equal(href, `${UI}namespaces/default/workflows/campaign%2F${id}`);
  });

  it('pauses, resumes and aborts a campaign, and says before what that will do', async () => {
    const id = await begin(await seed(200), { callsPerSecond: 0.2 });
    const page = await open(`#/campaigns/${id}`);
    await button(page, 'Pause…').click();
    await page
      .getByRole('dialog')
      .getByText(/^Within seconds, no more cancel calls are made: \d+ targets wait/)
      .waitFor();
    await page.getByRole('textbox', { name: /^Reason/ }).fill('lunch');
    await button(page, 'Pause the campaign').click();
    await button(page, 'Resume…').click();
    await button(page, 'Resume the campaign').click();
    await button(page, 'Abort…').click();
    const dialog = page.getByRole('dialog', { name: `Abort ${id} for good?` });
    await dialog.getByText(/: [12]\d\d targets not asked yet will end as left-alone/).waitFor();
    // What was not meant is a key away.
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    assert.equal((await stack.quiesce.campaigns.get(id).progress()).end, undefined);
    await button(page, 'Abort…').click();
    await button(page, 'Abort the campaign').click();
    await page.getByText('It was aborted').waitFor();
    assert.equal((await stack.quiesce.campaigns.get(id).progress()).end, 'aborted');
    assert.equal(await button(page, 'Abort…').count(), 0);
  });

  it('says in the confirmation why something could not be done', async () => {
    const id = await begin(await seed(20), { callsPerSecond: 0.1 });
    const page = await open(`#/campaigns/${id}`);
    await button(page, 'Abort…').click();
    await api.send('POST', `/v1/campaigns/${id}:abort`, {});
    await page.getByText('aborted', { exact: true }).waitFor();
    await button(page, 'Abort the campaign').click();
    await page.getByRole('alert').getByText('has ended').waitFor();
  });

  it('shows what others have written as text', async () => {
    const [task = ''] = await seed(1, { onCancel: 'stuckCanceling' });
    const { id } = await cancel(task, { reason: MARKUP });
    const page = await open(`#/cancellations/${id}`);
    await page.getByText(MARKUP).waitFor();
    assert.equal(await page.locator('main img').count(), 0);
    await page.goto(`${api.url}/#/search/${encodeURIComponent(MARKUP)}`);
    await page.getByText('No cancellation of such a task.').waitFor();
    assert.equal(await page.locator('main img').count(), 0);
  });

  it('finds a task by its id and by its URI, alone and in campaigns', async () => {
    const [alone = '', target = ''] = await seed(2);
    await cancel(alone);
    const campaign = await begin([target]);
    const page = await open();
    const find = async (text: string) => {
      await page.getByRole('searchbox', { name: 'Task id, task URI or campaign' }).fill(text);
      await page.keyboard.press('Enter');
    };
    await find(alone.split('/').at(-1) ?? '');
    await table(page, 'Cancellations').getByRole('link', { name: alone }).waitFor();
    await find(target);
    await page.getByText('No cancellation of such a task.').waitFor();
    await table(page, 'In campaigns').getByRole('link', { name: campaign }).click();
    await page.getByRole('heading', { name: `Campaign ${campaign}` }).waitFor();
    await find(campaign);
    await page.getByText('There is a campaign of that id').waitFor();
  });

  it('says what is not there', async () => {
    const page = await open('#/campaigns/none');
    await page.getByRole('heading', { name: 'There is no such campaign' }).waitFor();
    await page.goto(`${api.url}/#/nothing`);
    await page.getByText('There is nothing at this address.').waitFor();
  });

  it('says when no Worker answers, and goes on when one does', async () => {
    const [task = ''] = await seed(1);
    await worker.stop();
    const { id } = await cancel(task);
    const page = await open(`#/cancellations/${id}`);
    await page.getByText('No Worker', { exact: false }).waitFor();
    worker = await stack.startWorker();
    await page.locator('main').getByText('Proven: the vendor reports the task canceled.').waitFor();
  });

  it('says when the connection is lost, and goes on from where it was', async () => {
    const config = configOf(stack);
    const start = () => createServer({ quiesce: stack.quiesce, config, authenticate: withoutAuthentication });
    const first = await start();
    const url = await first.listen({ host: '127.0.0.1', port: 0 });
    const id = await begin(await seed(50), { callsPerSecond: 1 });
    const page = await open(`#/campaigns/${id}`, {}, url);
    await page.getByText('running', { exact: true }).waitFor();
    await first.close();
    const notice = page.locator('#link');
    await notice
      .getByText(/^The service cannot be reached. What is shown is as of \d\d:\d\d:\d\dZ/)
      .waitFor();
    const second = await start();
    await second.listen({ host: '127.0.0.1', port: Number(new URL(url).port) });
    await notice.waitFor({ state: 'hidden' });
    const events = requests.filter((request) => request.url().endsWith('/events'));
    assert.match(events.at(-1)?.headers()['last-event-id'] ?? '', /./);
    await api.send('POST', `/v1/campaigns/${id}:abort`, {});
    await page.getByText('It was aborted').waitFor();
    await page.context().close();
    await second.close();
  });

  describe('where callers have to say who they are', () => {
    let guarded: RunningApi;
    let folder: string;
    const keys = { reader: '', canceller: '', all: '', elsewhere: '' };

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'quiesce-page-'));
      const keysFile = join(folder, 'keys.json');
      const scopes: Record<keyof typeof keys, Scope[]> = {
        reader: ['read'],
        canceller: ['cancel'],
        all: ['read', 'cancel', 'campaign'],
        elsewhere: ['read'],
      };
      for (const [name, its] of Object.entries(scopes) as [keyof typeof keys, Scope[]][]) {
        const { key, sha256 } = newApiKey();
        keys[name] = key;
        const limit = name === 'elsewhere' ? { connections: ['other'] } : {};
        const entry = { name, sha256, scopes: its, createdAt: new Date().toISOString(), ...limit };
        await changeKeysFile(keysFile, (others) => [...others, entry]);
      }
      const config = configOf(stack, { keysFile });
      guarded = await startApi(stack, { config, authenticate: authenticationOf(config.api, false) });
    });
    after(async () => {
      await guarded?.close();
      await rm(folder, { recursive: true, force: true });
    });

    async function signIn(page: Page, key: string): Promise<void> {
      await page.getByLabel('API key or bearer token').fill(key);
      await page.keyboard.press('Enter');
    }

    it('asks for a key, and keeps it out of every address', async () => {
      const page = await open('', {}, guarded.url);
      await signIn(page, 'quiesce_nonsense');
      await page.getByRole('alert').getByText('The API key is not known').waitFor();
      await signIn(page, keys.all);
      await page.getByRole('heading', { name: 'Verdicts over time' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Verdicts over time' }).waitFor();
      assert.ok(requests.every((request) => !request.url().includes('quiesce_')));
      assert.ok(!page.url().includes('quiesce_'));
      const last = requests.filter((request) => request.url().includes('/v1/')).at(-1);
      assert.equal(last?.headers()['authorization'], `Bearer ${keys.all}`);
      assert.deepEqual(
        await page.evaluate('[Object.values(sessionStorage), Object.keys(localStorage), document.cookie]'),
        [[keys.all], [], ''],
      );
      await button(page, 'Forget the key').click();
      await page.getByLabel('API key or bearer token').waitFor();
      assert.equal(await page.evaluate('sessionStorage.length'), 0);
    });

    it('says what is not for a caller, and keeps the key', async () => {
      const [task = ''] = await seed(1, { onCancel: 'stuckCanceling' });
      const { id } = await cancel(task);
      const page = await open(`#/cancellations/${id}`, {}, guarded.url);
      await signIn(page, keys.elsewhere);
      await page.getByRole('heading', { name: 'The caller may not do this' }).waitFor();
      await page.getByText('key:elsewhere (other only)').waitFor();
      await page.getByRole('link', { name: 'Show everything' }).click();
      await page.getByText('There is no cancellation yet.').waitFor();
    });

    it('says which scope is missing', async () => {
      const id = await begin(await seed(20), { callsPerSecond: 0.1 });
      const page = await open(`#/campaigns/${id}`, {}, guarded.url);
      await signIn(page, keys.canceller);
      await page.getByRole('alert').getByText('needs the scope "read"').waitFor();
      await signIn(page, keys.reader);
      await page.getByText('lacks the scope “campaign”').waitFor();
      assert.equal(await button(page, 'Abort…').count(), 0);
      await page.context().close();
      await api.send('POST', `/v1/campaigns/${id}:abort`, {});
    });
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`can be read in ${colorScheme} colours, and on a narrow screen`, async () => {
      const id = await begin([...(await seed(5)), ...(await seed(2, { onCancel: 'unsupported' }))]);
      const page = await open('', { colorScheme, viewport: { width: 320, height: 640 } });
      const views: [hash: string, landmark: string][] = [
        ['', 'Cancellations'],
        [`#/campaigns/${id}`, 'Targets that need a look'],
      ];
      for (const [hash, landmark] of views) {
        await page.goto(`${api.url}/${hash}`);
        await table(page, landmark).waitFor();
        const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        assert.ok(Number(wide) <= 0, `${hash}: ${String(wide)} pixels too wide`);
        const faint = (await page.evaluate(FAINT_TEXTS)) as { text: string; contrast: number }[];
        assert.deepEqual(
          faint.filter(({ contrast }) => contrast < LEAST_CONTRAST),
          [],
        );
        assert.ok(faint.length > 10);
      }
    });
});

/** Runs in the page: every text with its contrast to the nearest paper behind it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio). */
const FAINT_TEXTS = `(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = numbers(colour).map((each) => (each /= 255) <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paperOf = (element) => {
    const paper = getComputedStyle(element).backgroundColor;
    return (numbers(paper)[3] ?? 1) > 0 ? paper : element.parentElement ? paperOf(element.parentElement) : 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *')]
    .filter((each) => each.checkVisibility() && [...each.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== ''))
    .map((each) => {
      const [one, other] = [getComputedStyle(each).color, paperOf(each)].map(luminance).sort((a, b) => b - a);
      return { text: each.textContent.slice(0, 60), contrast: (one + 0.05) / (other + 0.05) };
    });
})()`;
