import { createNexusServiceClient } from '@temporalio/workflow';
import { quiesceService, type CancelResult } from 'quiesce/nexus';

const quiesce = createNexusServiceClient({ endpoint: 'quiesce', service: quiesceService });

/** Part of a refund: what the task has not exported yet is not to be exported. */
export async function stopExport(task: string): Promise<CancelResult['verdict']> {
  const { verdict } = await quiesce.executeOperation('cancelTask', { task, reason: 'refund' });
  return verdict;
}
