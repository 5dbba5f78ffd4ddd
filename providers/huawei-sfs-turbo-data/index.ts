import type { ProviderDefinition } from '../provider.js';
import {
  SFS_TURBO_FIELDS,
  SFS_TURBO_FILE_SYSTEM,
  sfsTurboSettings,
} from '../vendors/huawei/sfs-turbo-connection.js';
import { ZONELESS_MS } from '../zoneless-time.js';
import { simulatedConnection } from './simulated-connection.js';
import { DATA_TASK_STATES } from './states.js';

/**
 * Data import and export tasks between Huawei SFS Turbo and OBS.
 * @see https://support.huaweicloud.com/intl/en-us/api-sfsturbo/DeleteHpcCacheTask.html
 */
export const huaweiSfsTurboData: ProviderDefinition<typeof sfsTurboSettings> = {
  id: 'huawei-sfs-turbo-data',
  title: 'Huawei SFS Turbo data import or export task',
  fields: SFS_TURBO_FIELDS,
  settings: sfsTurboSettings,
  // No quota of SFS Turbo is published.
  operations: { DeleteHpcCacheTask: null, ShowHpcCacheTask: null, ListHpcCacheTasks: null, ListShares: null },
  calls: { ask: 'DeleteHpcCacheTask', look: 'ListHpcCacheTasks' },
  cancelLeaves: 'nothing',
  selectors: {
    operation: 'ListHpcCacheTasks',
    fileSystem: SFS_TURBO_FILE_SYSTEM,
    states: Object.keys(DATA_TASK_STATES),
    // https://support.huaweicloud.com/api-sfsturbo/ListHpcCacheTasks.html
    types: ['import', 'import_metadata', 'preload', 'export'],
    ageSlackMs: ZONELESS_MS,
  },
  // How long a delete takes is not documented; the vendor's Terraform provider looks after 10 seconds, then every 30.
  // https://github.com/huaweicloud/terraform-provider-huaweicloud/pull/5215
  pacing: [
    { untilMs: 60_000, everyMs: 10_000 },
    { untilMs: 60 * 60_000, everyMs: 30_000 },
    { untilMs: 6 * 60 * 60_000, everyMs: 60_000 },
    { everyMs: 5 * 60_000 },
  ],
  connect: async (settings, gate) => (await import('./adapter.js')).createDataTaskAdapter(settings, gate),
  simulatedConnection,
  simulate: async () => (await import('./simulate.js')).dataTaskSimulation,
};
