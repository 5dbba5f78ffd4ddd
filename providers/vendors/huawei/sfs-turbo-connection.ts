import { z } from 'zod';
import { endpointSetting, secretEndpointSetting } from '../../endpoint-setting.js';
import type { TaskField } from '../../provider.js';
import { huaweiCredentials } from './credentials.js';

/** The settings of every connection to SFS Turbo, whichever kind of task it is for. */
export const sfsTurboSettings = z.strictObject({
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z0-9]+)+-\d+$/, 'must be a Huawei Cloud region such as cn-north-4')
    .describe('The Huawei Cloud region of the file systems, for example cn-north-4.'),
  endpoint: endpointSetting
    .optional()
    .describe(
      'Replaces the regional SFS Turbo endpoint, for a region not on myhuaweicloud.com or the simulator.',
    ),
  iamEndpoint: secretEndpointSetting // A user's password goes there.
    .optional()
    .describe(
      "Replaces the profile's and the regional IAM endpoint, where tokens and the project id come from.",
    ),
  projectId: z
    .string()
    .regex(/^[0-9a-f]{32}$/, 'must be the id of a project, 32 hexadecimal digits')
    .optional()
    .describe(
      "The id of the region's project. Left out: as the credentials say, or looked up by the region's name.",
    ),
  credentials: huaweiCredentials,
});

export type SfsTurboSettings = z.output<typeof sfsTurboSettings>;

const shareId: TaskField = {
  name: 'shareId',
  description: 'The id of the SFS Turbo file system',
  pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  maxLength: 36,
  example: '77ba6f4b-6365-4895-8dda-bc7142af4dde',
};

/** Both lists are of one file system's tasks. */
export const SFS_TURBO_FILE_SYSTEM = { ...shareId, required: true } as const;

/**
 * The ids that name a task, under the names of the vendor's paths. A task's id is 32 hexadecimal digits in one of the
 * documents' examples, and a UUID with dashes in another.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteHpcCacheTask.html
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/ListFsTasks.html
 */
export const SFS_TURBO_FIELDS: readonly TaskField[] = [
  shareId,
  {
    name: 'taskId',
    description: 'The id of the task',
    pattern: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/,
    maxLength: 36,
    example: '11abef677ac40f46644d1d5cfc2424a4',
  },
];

/**
 * Where SFS Turbo is, as the vendor's own SDKs have it; in Europe under another domain.
 * @see https://github.com/huaweicloud/huaweicloud-sdk-python-v3/blob/master/huaweicloud-sdk-sfsturbo/huaweicloudsdksfsturbo/v1/region/sfsturbo_region.py
 */
export function sfsTurboEndpoint(region: string): string {
  return `https://sfs-turbo.${region}.myhuaweicloud.${region === 'eu-west-101' ? 'eu' : 'com'}`;
}
