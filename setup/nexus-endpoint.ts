import { defaultPayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { TASK_QUEUE } from '../contract/names.js';
import { NotSetUpError, type OperatorConnection } from './search-attributes.js';

/** What people see of it in the Temporal UI; Markdown. */
const DESCRIPTION =
  'Quiesce: cancels long-running cloud data tasks and proves how they ended. Service `quiesce`, operations `cancelTask` and `startCampaign`.';

/** gRPC's status codes. */
const ALREADY_EXISTS = 6;
/** INVALID_ARGUMENT, PERMISSION_DENIED, FAILED_PRECONDITION and UNIMPLEMENTED: asking again changes nothing. */
const FINAL = new Set([3, 7, 9, 12]);

type Target = proto.temporal.api.nexus.v1.IEndpointTarget;

/**
 * Creates a Nexus Endpoint that leads to Quiesce's Workers in a namespace; may be run again at any time.
 * @returns whether it was created now.
 * @throws NotSetUpError when there is one of that name that leads elsewhere, or the server will not have it.
 */
export async function registerNexusEndpoint(
  connection: OperatorConnection,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Promise<boolean> {
  const target = { worker: { namespace, taskQueue: TASK_QUEUE } };
  const description = defaultPayloadConverter.toPayload(DESCRIPTION);
  try {
    await connection.operatorService.createNexusEndpoint({ spec: { name, target, description } });
    return true;
  } catch (thrown) {
    const { code, details = '' } = thrown as { readonly code?: number; readonly details?: string };
    if (code !== undefined && FINAL.has(code)) {
      const why = details.replace(/\.?$/, '.');
      throw new NotSetUpError(`The server did not create the Nexus Endpoint "${name}": ${why}`, {
        cause: thrown,
      });
    }
    if (code !== ALREADY_EXISTS) throw thrown;
  }
  const { endpoints } = await connection.operatorService.listNexusEndpoints({ name });
  const where = describeTarget(endpoints[0]?.spec?.target);
  if (where === describeTarget(target)) return false;
  throw new NotSetUpError(
    `There is a Nexus Endpoint "${name}" already, which leads to ${where}: choose another name, or change it with \`temporal operator nexus endpoint update\`.`,
  );
}

function describeTarget(target: Target | null | undefined): string {
  const { worker, external } = target ?? {};
  if (worker) return `namespace ${worker.namespace}, Task Queue ${worker.taskQueue}`;
  return external?.url ?? 'nowhere';
}
