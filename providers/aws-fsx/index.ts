import { z } from 'zod';
import { endpointSetting } from '../endpoint-setting.js';
import type { ProviderDefinition } from '../provider.js';
import { secretRef } from '../secret-ref.js';
import { simulatedConnection } from './simulated-connection.js';
import { LIFECYCLE_STATES } from './states.js';

const settings = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'must be an AWS region such as eu-west-1')
    .describe('The AWS region of the file systems, for example eu-west-1.'),
  endpoint: endpointSetting
    .optional()
    .describe('Replaces the regional FSx endpoint, for a VPC endpoint or the simulator.'),
  credentials: z
    .union([
      z.strictObject({
        profile: z.string().min(1).describe('A profile of ~/.aws/config or ~/.aws/credentials.'),
      }),
      z.strictObject({
        accessKeyId: secretRef,
        secretAccessKey: secretRef,
        sessionToken: secretRef.optional(),
      }),
    ])
    .optional()
    .describe(
      "Left out: the AWS SDK's default chain (environment, SSO, profile, web identity, container, instance).",
    ),
});

export type FsxSettings = z.output<typeof settings>;

/**
 * Data repository tasks of Amazon FSx for Lustre.
 * @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_CancelDataRepositoryTask.html
 */
export const awsFsx: ProviderDefinition<typeof settings> = {
  id: 'aws-fsx',
  title: 'Amazon FSx for Lustre data repository task',
  fields: [
    {
      name: 'taskId',
      description: 'The id of the data repository task',
      pattern: /^task-[0-9a-f]{17,}$/,
      maxLength: 128,
      example: 'task-0123456789abcdef0',
    },
  ],
  settings,
  // FSx publishes no API rates: https://docs.aws.amazon.com/fsx/latest/APIReference/CommonErrors.html
  operations: { CancelDataRepositoryTask: null, DescribeDataRepositoryTasks: null },
  calls: { ask: 'CancelDataRepositoryTask', look: 'DescribeDataRepositoryTasks' },
  cancelLeaves: 'record',
  selectors: {
    operation: 'DescribeDataRepositoryTasks',
    fileSystem: {
      name: 'fileSystemId',
      description: 'The id of the FSx for Lustre file system',
      pattern: /^fs-[0-9a-f]{8,}$/,
      maxLength: 21,
      example: 'fs-0123456789abcdef0',
      required: false,
    },
    states: Object.keys(LIFECYCLE_STATES),
    // https://docs.aws.amazon.com/fsx/latest/APIReference/API_DataRepositoryTask.html
    types: [
      'EXPORT_TO_REPOSITORY',
      'IMPORT_METADATA_FROM_REPOSITORY',
      'RELEASE_DATA_FROM_FILESYSTEM',
      'AUTO_RELEASE_DATA',
    ],
    ageSlackMs: 0,
  },
  // FSx refreshes a task's status every 30 seconds; a first look after ten catches short tasks.
  // https://docs.aws.amazon.com/fsx/latest/LustreGuide/data-repo-task-status.html
  pacing: [
    { untilMs: 60_000, everyMs: 10_000 },
    { untilMs: 60 * 60_000, everyMs: 30_000 },
    { untilMs: 6 * 60 * 60_000, everyMs: 60_000 },
    { everyMs: 5 * 60_000 },
  ],
  connect: async (options, gate) => (await import('./adapter.js')).createFsxAdapter(options, gate),
  simulatedConnection,
  simulate: async () => (await import('./simulate.js')).awsFsxSimulation,
};
