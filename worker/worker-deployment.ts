import { readFileSync } from 'node:fs';
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import { ConfigError } from '../config/config-error.js';
import { deploymentSchema, type DeploymentSettings } from '../config/worker-settings.js';

const NAME = 'TEMPORAL_DEPLOYMENT_NAME';
const BUILD_ID = 'TEMPORAL_WORKER_BUILD_ID';

const BEHAVIORS = {
  upgrade: 'AUTO_UPGRADE',
  stay: 'PINNED',
} as const satisfies Record<DeploymentSettings['oldRuns'], string>;

/**
 * Of which build this Worker is, where anything says so: the variables that Temporal's Worker Controller sets, before the config
 * (https://docs.temporal.io/production-deployment/worker-deployments).
 * @throws ConfigError when a variable cannot be used.
 */
export function workerDeployment(
  configured: DeploymentSettings | undefined,
  env: NodeJS.ProcessEnv,
): WorkerDeploymentOptions | undefined {
  const { [NAME]: name = '', [BUILD_ID]: buildId = '' } = env;
  if (name === '' && configured === undefined) {
    if (buildId === '') return undefined;
    throw new ConfigError(
      `${BUILD_ID} is set, and nothing names the deployment: set ${NAME}, or worker.deployment.name in the config.`,
    );
  }
  const parsed = deploymentSchema.safeParse({
    ...configured,
    ...(name !== '' && { name }),
    ...(buildId !== '' && { buildId }),
  });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ConfigError(`${issue?.path[0] === 'name' ? NAME : BUILD_ID} ${issue?.message}.`);
  }
  const { name: deploymentName, buildId: given = version(), oldRuns } = parsed.data;
  return {
    useWorkerVersioning: true,
    version: { deploymentName, buildId: given },
    defaultVersioningBehavior: BEHAVIORS[oldRuns],
  };
}

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}
