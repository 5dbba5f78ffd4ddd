import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { asChild } from '../processes/as-child.js';
import { connectVendor, type VendorInput } from '../vendor.js';
import { createPeerActivities } from './activities.js';

export interface PeerWorkerInput extends VendorInput {
  readonly address: string;
  readonly taskQueue: string;
}

/** A Worker for the peers that use Temporal. */
await asChild(async (input: PeerWorkerInput) => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const connection = await NativeConnection.connect({ address: input.address });
  const worker = await Worker.create({
    connection,
    taskQueue: input.taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows.js', import.meta.url)),
    activities: createPeerActivities(await connectVendor(input)),
    // Enough for all that can be under way. More of anything made no difference: the server is what these peers wait for.
    maxConcurrentActivityTaskExecutions: 500,
    maxCachedWorkflows: 2_000,
  });
  void worker.run();
  return async () => undefined;
});
