import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { registerNexusEndpoint } from '../../setup/nexus-endpoint.js';
import { NotSetUpError } from '../../setup/search-attributes.js';
import { startStack, type Stack } from '../harness.js';

describe('the Nexus Endpoint that setup creates', () => {
  let stack: Stack;

  before(async () => {
    stack = await startStack({ extraArgs: ['--namespace', 'elsewhere'] });
  });
  after(() => stack.close());

  const register = (name: string, namespace = 'default') =>
    registerNexusEndpoint(stack.client.connection, { name, namespace });

  it('leads to the Task Queue of the Workers, and is created once, by however many at a time', async () => {
    const created = await Promise.all([register('one'), register('one'), register('one')]);
    assert.equal(created.filter(Boolean).length, 1);
    assert.equal(await register('one'), false);
    const { endpoints } = await stack.client.connection.operatorService.listNexusEndpoints({ name: 'one' });
    const { worker } = endpoints[0]?.spec?.target ?? {};
    assert.deepEqual([worker?.namespace, worker?.taskQueue], ['default', 'quiesce']);
  });

  it('is not taken from another namespace', async () => {
    await register('taken', 'elsewhere');
    await assert.rejects(register('taken'), (thrown) => {
      assert.ok(thrown instanceof NotSetUpError);
      assert.match(
        thrown.message,
        /"taken" already, which leads to namespace elsewhere, Task Queue quiesce:/,
      );
      return true;
    });
  });

  it('is refused in a sentence for what is no name, and for a namespace that is not there', async () => {
    await assert.rejects(register('no name'), NotSetUpError);
    await assert.rejects(register('lost', 'nowhere'), NotSetUpError);
  });
});
