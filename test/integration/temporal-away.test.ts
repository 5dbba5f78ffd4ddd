import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Quiesce, TemporalUnreachableError } from '../../client/index.js';
import { provideTemporal } from '../../devserver/provide-temporal.js';
import { startDevServer } from '../../devserver/start-dev-server.js';

const TASK = 'aws-fsx://sim/task-0123456789abcdef0';

/** Its own retries take the SDK some 20 seconds; then callers need a word that is not "no Worker". */
describe('the client of a Temporal server that has gone away', { timeout: 180_000 }, () => {
  it('says so, whatever was asked', async () => {
    const { path } = await provideTemporal({});
    const server = await startDevServer({ path, uiPort: false });
    const quiesce = await Quiesce.connect({ address: server.address });
    await server.stop();

    const cancellation = quiesce.cancellation(TASK);
    const campaign = quiesce.campaigns.get('one');
    const asked: Record<string, () => Promise<unknown>> = {
      cancel: () => quiesce.cancel(TASK),
      list: () => quiesce.list().next(),
      verdict: () => cancellation.verdict(),
      status: () => cancellation.status(),
      watch: () => cancellation.watch().next(),
      progress: () => cancellation.progress(),
      abandon: () => cancellation.abandon({ by: 'ada', reason: 'a test' }),
      'campaigns.start': () => quiesce.campaigns.start({ targets: [TASK] }, { reason: 'a test' }),
      'campaigns.list': () => quiesce.campaigns.list().next(),
      'campaigns.find': () => quiesce.campaigns.find(TASK).next(),
      'schedules.list': () => quiesce.campaigns.schedules.list().next(),
      'schedules.pause': () => quiesce.campaigns.schedules.pause('nightly', 'a test'),
      'campaign.progress': () => campaign.progress(),
      'campaign.watch': () => campaign.watch().next(),
      'campaign.pause': () => campaign.pause({ by: 'ada' }),
      'campaign.result': () => campaign.result(),
      'campaign.report': () => campaign.report().next(),
    };
    const errors = await Promise.all(
      Object.entries(asked).map(async ([what, ask]) => [
        what,
        await ask().catch((thrown: unknown) => thrown),
      ]),
    );
    await quiesce.close();
    for (const [what, thrown] of errors) {
      assert.ok(thrown instanceof TemporalUnreachableError, `${String(what)}: ${String(thrown)}`);
      assert.equal(thrown.address, server.address);
      assert.doesNotMatch(thrown.message, /Failed to|UNAVAILABLE/);
    }
  });
});
