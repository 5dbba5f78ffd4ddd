import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigError } from '../../config/config-error.js';
import { workerDeployment } from '../../worker/worker-deployment.js';

const NAME = 'TEMPORAL_DEPLOYMENT_NAME';
const BUILD_ID = 'TEMPORAL_WORKER_BUILD_ID';
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  readonly version: string;
};

describe('of which build a Worker is', () => {
  it('of none unless something says so', () => assert.equal(workerDeployment(undefined, {}), undefined));

  it('by the config; its build is the version of Quiesce unless it has an id', () => {
    assert.deepEqual(workerDeployment({ name: 'q', oldRuns: 'upgrade' }, {}), {
      useWorkerVersioning: true,
      version: { deploymentName: 'q', buildId: version },
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    });
    const named = workerDeployment({ name: 'q', buildId: 'b7', oldRuns: 'stay' }, {});
    assert.deepEqual([named?.version.buildId, named?.defaultVersioningBehavior], ['b7', 'PINNED']);
  });

  it("by Temporal's variables, before the config", () => {
    const env = { [NAME]: 'other', [BUILD_ID]: 'b8' };
    assert.deepEqual(workerDeployment(undefined, env)?.version, { deploymentName: 'other', buildId: 'b8' });
    const both = workerDeployment({ name: 'q', buildId: 'b7', oldRuns: 'stay' }, env);
    assert.deepEqual(both?.version, { deploymentName: 'other', buildId: 'b8' });
    assert.equal(both?.defaultVersioningBehavior, 'PINNED');
  });

  for (const [what, env, says] of [
    [
      'a build of no deployment',
      { [BUILD_ID]: 'b8' },
      /TEMPORAL_WORKER_BUILD_ID is set, and nothing names the deployment/,
    ],
    [
      'a name the server would not take',
      { [NAME]: 'a.b' },
      /^TEMPORAL_DEPLOYMENT_NAME must be at most 63 letters/,
    ],
    [
      'an id the server would not take',
      { [NAME]: 'a', [BUILD_ID]: 'a:b' },
      /^TEMPORAL_WORKER_BUILD_ID must be/,
    ],
  ] as const)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => workerDeployment(undefined, env),
        (thrown) => thrown instanceof ConfigError && says.test(thrown.message),
      );
    });
});
