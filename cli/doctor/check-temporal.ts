import type { Quiesce } from '../../client/index.js';
import { formatDuration } from '../../contract/duration.js';
import { loadTemporalConfig } from '../../setup/load-temporal-config.js';
import { FoundProblem } from './finding.js';

const GRPC_NOT_FOUND = 5;
/** An Idempotency-Key of the HTTP service counts for a day: docs/api.md. */
const LEAST_RETENTION_S = 24 * 60 * 60;

/** Whether the server answers and has the namespace. */
export async function checkTemporal({ client, namespace }: Quiesce): Promise<string> {
  const { address } = loadTemporalConfig();
  const { workflowService } = client;
  const described = await workflowService.describeNamespace({ namespace }).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: number }).code !== GRPC_NOT_FOUND) throw thrown;
    throw new FoundProblem(
      `Temporal at ${address} has no namespace "${namespace}".`,
      'Create it with `temporal operator namespace create`, or set TEMPORAL_NAMESPACE to the one to use.',
    );
  });
  const { serverVersion } = await workflowService.getSystemInfo({});
  const retentionS = Number(described.config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  const retention = formatDuration(retentionS * 1_000);
  if (retentionS < LEAST_RETENTION_S)
    throw new FoundProblem(
      `The namespace "${namespace}" keeps what has ended for ${retention}: verdicts are gone by then, and an Idempotency-Key counts for no longer.`,
      'Set its retention to a day or more: `temporal operator namespace update --retention 30d`.',
    );
  return `${address} answers, server ${serverVersion}; namespace "${namespace}" keeps what has ended for ${retention}.`;
}
