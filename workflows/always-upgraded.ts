import { workflowInfo } from '@temporalio/workflow';

/**
 * Options of a Workflow that goes on with the current build whatever the Workers' setting. Only a Worker that has a build may say so:
 * from any other the server takes no Workflow Task that does.
 */
export function alwaysUpgraded() {
  // A Worker without one has a build id all the same, and an empty name.
  const { deploymentName = '' } = workflowInfo().currentDeploymentVersion ?? {};
  return deploymentName === '' ? {} : { versioningBehavior: 'AUTO_UPGRADE' as const };
}
