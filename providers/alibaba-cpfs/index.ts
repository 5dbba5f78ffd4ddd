import { z } from 'zod';
import { endpointSetting } from '../endpoint-setting.js';
import type { ProviderDefinition, TaskField } from '../provider.js';
import { alibabaCredentials } from '../vendors/alibaba/credentials.js';
import { simulatedConnection } from './simulated-connection.js';
import { TASK_STATES } from './states.js';
import { DATA_FLOW_ID } from './task-ids.js';

const settings = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2,}(-[a-z0-9]+)+$/, 'must be an Alibaba Cloud region such as cn-hangzhou')
    .describe('The Alibaba Cloud region of the file systems, for example cn-hangzhou.'),
  // Every region that CPFS is documented for has an endpoint of the regular form.
  // https://help.aliyun.com/zh/cpfs/developer-reference/integration-overview
  endpoint: endpointSetting
    .optional()
    .describe(
      'Replaces https://nas.<region>.aliyuncs.com, for a VPC (https://nas-vpc.<region>.aliyuncs.com), a region with another address, or the simulator.',
    ),
  credentials: alibabaCredentials,
});

export type CpfsSettings = z.output<typeof settings>;

// https://help.aliyun.com/zh/cpfs/bmcpfs/developer-reference/api-nas-2017-06-26-quota-bmcpfs
// For a main account and region: its RAM users, consoles and tools share them.
const tasksQuota = { calls: 120, perMs: 60_000 };
const subtasksQuota = { calls: 100, perMs: 1_000 };

const fileSystemId: TaskField = {
  name: 'fileSystemId',
  description: 'The id of the CPFS file system',
  pattern: /^(bm)?cpfs-[0-9a-z]+$/,
  maxLength: 48,
  example: 'bmcpfs-290w65p03ok64ya1',
};

/**
 * Data flow tasks of Cloud Parallel File Storage (CPFS).
 * @see https://www.alibabacloud.com/help/en/cpfs/cpfsonecs/developer-reference/api-nas-2017-06-26-canceldataflowtask-cpfs
 */
export const alibabaCpfs: ProviderDefinition<typeof settings> = {
  id: 'alibaba-cpfs',
  title: 'Alibaba Cloud CPFS data flow task',
  // The documents name prefixes and examples, and no lengths; older ones write dfid- and taskId-.
  fields: [
    fileSystemId,
    {
      name: 'dataFlowId',
      description: 'The id of the data flow',
      pattern: DATA_FLOW_ID,
      maxLength: 48,
      example: 'df-194433a5be31ab12',
    },
    {
      name: 'taskId',
      description: 'The id of the data flow task',
      pattern: /^task(Id)?-[0-9a-z]+$/,
      maxLength: 64,
      example: 'task-38aa8e890f45cd34',
    },
  ],
  settings,
  operations: {
    CancelDataFlowTask: tasksQuota,
    DescribeDataFlowTasks: tasksQuota,
    DescribeDataFlowSubTasks: subtasksQuota,
    CancelDataFlowSubTask: subtasksQuota,
    DescribeRegions: null, // None was found for it.
  },
  calls: { ask: 'CancelDataFlowTask', look: 'DescribeDataFlowTasks' },
  cancelLeaves: 'record',
  selectors: {
    operation: 'DescribeDataFlowTasks',
    fileSystem: { ...fileSystemId, required: true },
    states: Object.keys(TASK_STATES),
    // The last two are CPFS for Lingjun's.
    types: ['Import', 'Export', 'Evict', 'Inventory', 'StreamImport', 'StreamExport'],
    // The filter by time counts in minutes, and does not say to which side.
    ageSlackMs: 2 * 60_000,
  },
  hasSubtasks: true,
  // "It generally takes 5 to 10 minutes to cancel", and two looks a second are all that a whole account has.
  pacing: [
    { untilMs: 60_000, everyMs: 15_000 },
    { untilMs: 60 * 60_000, everyMs: 30_000 },
    { untilMs: 6 * 60 * 60_000, everyMs: 60_000 },
    { everyMs: 5 * 60_000 },
  ],
  connect: async (options, gate) => (await import('./adapter.js')).createCpfsAdapter(options, gate),
  simulatedConnection,
  simulate: async () => (await import('./simulate.js')).alibabaCpfsSimulation,
};
