import { alibabaCpfs } from './alibaba-cpfs/index.js';
import { alibabaDomain } from './alibaba-domain/index.js';
import { awsFsx } from './aws-fsx/index.js';
import { huaweiSfsTurboData } from './huawei-sfs-turbo-data/index.js';
import { huaweiSfsTurboDirUsage } from './huawei-sfs-turbo-dir-usage/index.js';
import type { ProviderDefinition } from './provider.js';

/** ONE LINE PER PROVIDER: the folder list and this list are held equal by a test. */
export const ALL_PROVIDERS: readonly ProviderDefinition[] = [
  awsFsx,
  alibabaCpfs,
  alibabaDomain,
  huaweiSfsTurboData,
  huaweiSfsTurboDirUsage,
];
