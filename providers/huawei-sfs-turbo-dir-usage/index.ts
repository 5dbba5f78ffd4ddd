import type { ProviderDefinition } from '../provider.js';
import {
  SFS_TURBO_FIELDS,
  SFS_TURBO_FILE_SYSTEM,
  sfsTurboSettings,
} from '../vendors/huawei/sfs-turbo-connection.js';
import { simulatedConnection } from './simulated-connection.js';
import { DIR_USAGE_STATES } from './states.js';

/**
 * Directory usage (DU) tasks of Huawei SFS Turbo.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteFsTask.html
 */
export const huaweiSfsTurboDirUsage: ProviderDefinition<typeof sfsTurboSettings> = {
  id: 'huawei-sfs-turbo-dir-usage',
  title: 'Huawei SFS Turbo directory usage task',
  fields: SFS_TURBO_FIELDS,
  settings: sfsTurboSettings,
  // No quota of SFS Turbo is published.
  operations: { DeleteFsTask: null, ShowFsTask: null, ListFsTasks: null, ListShares: null },
  calls: { ask: 'DeleteFsTask', look: 'ListFsTasks' },
  cancelLeaves: 'nothing',
  selectors: {
    operation: 'ListFsTasks',
    fileSystem: SFS_TURBO_FILE_SYSTEM,
    states: Object.keys(DIR_USAGE_STATES),
    ageSlackMs: 0,
  },
  // By five minutes: https://support.huaweicloud.com/api-sfsturbo/ShowFsTask.html
  readsMayBeOld: true,
  // Looking more often shows nothing newer.
  pacing: [
    { untilMs: 60 * 60_000, everyMs: 30_000 },
    { untilMs: 6 * 60 * 60_000, everyMs: 60_000 },
    { everyMs: 5 * 60_000 },
  ],
  connect: async (settings, gate) => (await import('./adapter.js')).createDirUsageAdapter(settings, gate),
  simulatedConnection,
  simulate: async () => (await import('./simulate.js')).dirUsageSimulation,
};
