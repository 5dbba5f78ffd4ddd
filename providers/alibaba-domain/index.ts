import { z } from 'zod';
import { endpointSetting } from '../endpoint-setting.js';
import type { ProviderDefinition } from '../provider.js';
import { alibabaCredentials } from '../vendors/alibaba/credentials.js';
import { ZONELESS_MS } from '../zoneless-time.js';
import { simulatedConnection } from './simulated-connection.js';
import { STATE_WORDS } from './states.js';

const settings = z.strictObject({
  endpoint: endpointSetting
    .optional()
    .describe('Replaces https://domain.aliyuncs.com, for a proxy of your own or the simulator.'),
  international: z
    .boolean()
    .default(false)
    .describe(
      'Whether it is an account of alibabacloud.com: https://domain-intl.aliyuncs.com. An endpoint goes before it.',
    ),
  signature: z
    .enum(['ACS3-HMAC-SHA256', 'HMAC-SHA1'])
    .default('ACS3-HMAC-SHA256')
    .describe(
      'How calls are signed. HMAC-SHA1 is the older way; with it the AccessKey ID stands in the URL.',
    ),
  credentials: alibabaCredentials,
});

export type DomainSettings = z.output<typeof settings>;

/**
 * Tasks of Alibaba Cloud Domains: one job on one or many domain names, such as a change of their DNS servers.
 * @see https://www.alibabacloud.com/help/en/dws/developer-reference/api-domain-2018-01-29-canceltask
 */
export const alibabaDomain: ProviderDefinition<typeof settings> = {
  id: 'alibaba-domain',
  title: 'Alibaba Cloud Domains task',
  fields: [
    {
      name: 'taskNo',
      description: 'The TaskNo of the domain name task',
      pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      maxLength: 36,
      example: '7f217ae0-61f5-42e2-a1c3-42bad0124abc',
    },
  ],
  hints: [
    {
      name: 'createdOn',
      description: 'The day the task was made, in any time zone; left out, all tasks of the account are read',
      pattern:
        /^20\d{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d))$/,
      maxLength: 10,
      example: '2026-11-21',
    },
  ],
  settings,
  // No quota is published: https://help.aliyun.com/document_detail/67709.html and its neighbours name none.
  operations: { CancelTask: null, QueryTaskList: null, QueryTaskDetailList: null },
  calls: { ask: 'CancelTask', look: 'QueryTaskList' },
  cancelLeaves: 'record',
  selectors: {
    operation: 'QueryTaskList',
    states: STATE_WORDS,
    // https://help.aliyun.com/document_detail/67709.html
    types: [
      'CHG_HOLDER',
      'CHG_DNS',
      'SET_WHOIS_PROTECT',
      'UPDATE_ADMIN_CONTACT',
      'UPDATE_BILLING_CONTACT',
      'UPDATE_TECH_CONTACT',
      'UPDATE_REGISTRANT_CONTACT',
      'SET_UPDATE_PROHIBITED',
      'SET_TRANSFER_PROHIBITED',
      'ORDER_ACTIVATE',
      'ORDER_RENEW',
      'ORDER_REDEEM',
      'CREATE_DNSHOST',
      'UPDATE_DNSHOST',
      'SYNC_DNSHOST',
      'DELETE_DOMAIN',
    ],
    ageSlackMs: ZONELESS_MS,
  },
  // How long a cancel takes is not documented, and a look may read many pages.
  pacing: [
    { untilMs: 10 * 60_000, everyMs: 30_000 },
    { untilMs: 6 * 60 * 60_000, everyMs: 2 * 60_000 },
    { everyMs: 5 * 60_000 },
  ],
  connect: async (options, gate) => (await import('./adapter.js')).createDomainAdapter(options, gate),
  simulatedConnection,
  simulate: async () => (await import('./simulate.js')).alibabaDomainSimulation,
};
