import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerOf } from '../../nexus/caller-of.js';
import { requesterOf } from '../../nexus/requester-of.js';

const EVENT = 'workflows/refund-7/01a1fe76/history?eventID=5&eventType=NexusOperationScheduled';

describe('the caller of a Nexus operation', () => {
  const caller = (...urls: string[]) =>
    callerOf({ inboundLinks: urls.map((url) => ({ url: new URL(url), type: 'any' })) });

  it('is the namespace of the Workflow that its server links to', () => {
    assert.equal(caller(`temporal:///namespaces/orders/${EVENT}`), 'orders');
    assert.equal(
      caller('https://example.org/a', `temporal:///namespaces/orders.a1b2c/${EVENT}`),
      'orders.a1b2c',
    );
    assert.equal(caller(`temporal:///namespaces/caf%C3%A9%2F1/${EVENT}`), 'café/1');
  });

  it('is not known without such a link', () => {
    assert.equal(caller(), undefined);
    assert.equal(caller(`https://example.org/namespaces/orders/${EVENT}`), undefined);
    assert.equal(caller('temporal:///namespaces/orders'), undefined);
    assert.equal(caller(`temporal:///namespaces/50%/${EVENT}`), undefined);
  });

  it('is never longer than requestedBy may be', () => {
    assert.equal(caller(`temporal:///namespaces/${'x'.repeat(255)}/${EVENT}`)?.length, 200);
  });

  it('asks under no name that the HTTP service alone gives, in the input or in the link', () => {
    const requester = (input: Record<string, unknown>, namespace?: string) => {
      const link = { url: new URL(`temporal:///namespaces/${namespace}/${EVENT}`), type: 'any' };
      return requesterOf(input, { inboundLinks: namespace === undefined ? [] : [link] });
    };
    assert.deepEqual(requester({ requestedBy: 'boss' }, 'orders'), { requestedBy: 'orders' });
    assert.deepEqual(requester({ requestedBy: 'boss' }), {});
    const refused = { name: 'RequestRefusedError', message: /the HTTP service has checked/ };
    assert.throws(() => requester({}, 'key%3Aci'), refused);
    assert.throws(() => requester({ requestedBy: 'boss' }, 'oidc:ada'), refused);
    assert.throws(() => requester({ requestedBy: 'key:ci' }), refused);
    assert.throws(() => requester({ requestedBy: 'key:ci' }, 'orders'), refused);
  });
});
