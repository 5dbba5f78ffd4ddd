import type { AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';

/** Some of the regions that have CPFS. */
const REGIONS = { 'cn-hangzhou': 'China (Hangzhou)', 'cn-shanghai': 'China (Shanghai)' } as const;

/** @see https://alibabacloud.com/help/en/nas/developer-reference/api-nas-2017-06-26-describeregions */
export function describeRegions(): AlibabaOutput {
  const Region = Object.entries(REGIONS).map(([RegionId, LocalName]) => ({
    RegionId,
    LocalName,
    RegionEndpoint: `nas.${RegionId}.aliyuncs.com`,
  }));
  return {
    output: { TotalCount: Region.length, PageNumber: 1, PageSize: 10, Regions: { Region } },
  };
}
