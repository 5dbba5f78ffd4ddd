import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from './part.js';
import type { Rig } from './rig.js';
import { QUIESCE } from './site.js';
import { DEPLOYMENT } from './worker-place.js';

const NEW_BUILD = 'chaos-2';
const ASKED_AGAIN_AFTER_MS = 300;

export async function replace(part: Part): Promise<void> {
  await part.down('SIGTERM');
  await part.up();
}

/** As docs/upgrading.md has it, from no build to the first: beside the old ones, then current; the HTTP service last. */
export async function deploy(rig: Rig): Promise<void> {
  Object.assign(rig.versions, { worker: QUIESCE, build: NEW_BUILD });
  await rig.spare.part.up();
  for (;;) {
    try {
      await rig.client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: 'default',
        deploymentName: DEPLOYMENT,
        buildId: NEW_BUILD,
        identity: 'chaos',
      });
      return;
    } catch {
      // The server does not know a build before it has polled, and may be away itself.
      await sleep(ASKED_AGAIN_AFTER_MS);
    }
  }
}
