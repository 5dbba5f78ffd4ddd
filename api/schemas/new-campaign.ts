import { z } from 'zod';
import { OUTCOME_NAMES, TO_RETRY } from '../../client/outcomes.js';
import {
  DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS,
  DEFAULT_MAX_DRIFT,
  LEAST_CALLS_PER_SECOND,
  MOST_PROTECT_BYTES,
  MOST_TARGETS,
  type Amount,
} from '../../contract/campaign.js';
import { LONGEST_DEADLINE_AFTER_MS, ON_RUNNING_SUBTASKS } from '../../contract/cancellation.js';
import type { TARGET_TYPES } from '../receive-targets.js';
import { callbackUrlSchema } from './callback-url.js';

/** More are sent as a list of their own, as NDJSON or CSV. */
export const MOST_INLINE_TARGETS = 1_000;
const MOST_SELECTORS = 100;
const LONGEST_REASON = 2_000;
const LONGEST_NAME = 200;
const SHARE = /^(?:100|\d{1,2}(?:\.\d{1,4})?)%$/;
const COUNT = /^[1-9]\d{0,6}$/;

const words = z.array(z.string().min(1).max(LONGEST_NAME)).min(1).max(100);
const connectionName = z.string().min(1).max(LONGEST_NAME);

/** The kinds of values, as JSON has them or as texts in a query. */
interface Kinds {
  readonly number: () => z.ZodNumber;
  readonly flag: z.ZodType<boolean>;
  readonly amount: z.ZodType<Amount>;
  /** How a list of such values is given. */
  readonly list: <T extends z.ZodType>(items: T) => z.ZodType<z.output<T>[]>;
}

const IN_JSON: Kinds = {
  number: () => z.number(),
  flag: z.boolean(),
  amount: z
    .union([
      z.strictObject({ count: z.int().min(1).max(MOST_TARGETS) }),
      z.strictObject({ share: z.number().gt(0).max(1) }),
    ])
    .meta({
      id: 'Amount',
      description: 'A number of targets, or a share of them.',
      examples: [{ count: 20 }, { share: 0.05 }],
    }),
  list: (items) => z.array(items),
};

const IN_QUERY: Kinds = {
  number: () => z.coerce.number(),
  flag: z.enum(['true', 'false']).transform((text) => text === 'true'),
  amount: z
    .string()
    .regex(
      new RegExp(`${COUNT.source}|${SHARE.source}`),
      'must be a number such as 20, or a share such as 5%',
    )
    .transform(toAmount)
    .refine((amount) => !('share' in amount) || amount.share > 0, 'must be above 0')
    .meta({ description: 'A number of targets, or a share of them.', examples: ['20', '5%'] }),
  list: (items) => z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(items)),
};

function toAmount(text: string): Amount {
  return text.endsWith('%') ? { share: Number(text.slice(0, -1)) / 100 } : { count: Number(text) };
}

/** What a campaign is told beside its targets; the names are the same in a body and in a query. */
function optionsIn({ number, flag, amount, list }: Kinds) {
  return {
    reason: z
      .string()
      .max(LONGEST_REASON)
      .regex(/\S/, 'must say why')
      .meta({ description: 'Why; kept with all that is asked.', examples: ['INC-42: wrong path'] }),
    callbackUrl: callbackUrlSchema,
    onRunningSubtasks: z
      .enum(ON_RUNNING_SUBTASKS)
      .exactOptional()
      .describe('What to do where running subtasks keep the vendor from canceling; `wait` when left out.'),
    deadlineAfterMs: number()
      .int()
      .min(1)
      .max(LONGEST_DEADLINE_AFTER_MS)
      .exactOptional()
      .describe(`From the start; ${DEFAULT_CAMPAIGN_DEADLINE_AFTER_MS} (a day) when left out.`),
    maxTargets: number().int().min(1).max(MOST_TARGETS).exactOptional().describe('More are refused.'),
    protect: list(z.string().min(1))
      .refine(
        (texts) => Buffer.byteLength(texts.join('')) <= MOST_PROTECT_BYTES,
        `may have ${MOST_PROTECT_BYTES} bytes of text in all; shorten it with patterns such as task-0abc*`,
      )
      .exactOptional()
      .describe('Task URIs, ids, or patterns with `*`: never asked.'),
    errorThreshold: amount
      .exactOptional()
      .describe('When more targets are refused or fail, no more are asked.'),
    waves: list(amount)
      .exactOptional()
      .describe('How many targets are asked by the end of each wave, in all.'),
    pauseBetweenWavesMs: number().int().min(0).max(LONGEST_DEADLINE_AFTER_MS).exactOptional(),
    approveEachWave: flag.exactOptional().describe('Each wave after the first waits for `:approve`.'),
    callsPerSecond: number()
      .min(LEAST_CALLS_PER_SECOND)
      .exactOptional()
      .describe('Cancel calls on each connection; its quota holds all the same.'),
    maxDrift: number()
      .min(0)
      .max(1)
      .exactOptional()
      .describe(
        `A share: when more of the targets have changed since the plan, its start is refused; ${DEFAULT_MAX_DRIFT} when left out.`,
      ),
  };
}

const selectorSchema = z
  .strictObject({
    connection: connectionName,
    provider: z
      .string()
      .exactOptional()
      .describe('Of the connection, as the config says; left out, it is that.'),
    fileSystem: z
      .string()
      .min(1)
      .max(LONGEST_NAME)
      .exactOptional()
      .describe("The vendor's id of what the tasks belong to."),
    states: words.exactOptional().describe("The vendor's own words."),
    types: words.exactOptional().describe("The vendor's own words."),
    olderThanMs: z.int().min(1).exactOptional(),
    all: z
      .literal(true)
      .exactOptional()
      .describe(
        'Every task of the connection that may be canceled; needed where nothing else narrows it down.',
      ),
  })
  .refine(
    // What was left out by mistake must not cancel everything.
    ({ connection: _, provider: __, ...narrowing }) => Object.keys(narrowing).length > 0,
    'would be every task of the connection: say which (fileSystem, states, types, olderThanMs), or all: true',
  )
  .meta({
    id: 'Selector',
    description: 'Which tasks of one connection; a Worker lists them.',
    // For the description alone, which knows nothing of the check above.
    anyOf: ['fileSystem', 'states', 'types', 'olderThanMs', 'all'].map((name) => ({ required: [name] })),
    examples: [{ connection: 'prod', olderThanMs: 86_400_000 }],
  });

const targetSchema = z.union([z.string(), z.looseObject({})]).meta({
  id: 'Target',
  description:
    'One task: its URI, or an object with `task`, or with `connection` and the names of its ids as its provider has them.',
  examples: [
    'provider://prod/task-0123456789abcdef0',
    { connection: 'prod', taskId: 'task-0123456789abcdef0' },
  ],
});

/** The JSON body of a new campaign. */
export const newCampaignSchema = z
  .strictObject({
    ...optionsIn(IN_JSON),
    selectors: z.array(selectorSchema).min(1).max(MOST_SELECTORS).exactOptional(),
    targets: z
      .array(targetSchema)
      .min(1)
      .max(MOST_INLINE_TARGETS)
      .exactOptional()
      .describe('A few targets; more of them are sent as a body of their own, as NDJSON or CSV.'),
    connection: connectionName.exactOptional().describe('Of the `targets` that name none.'),
  })
  .refine(
    ({ selectors, targets }) => (selectors === undefined) !== (targets === undefined),
    'must have either selectors or targets',
  )
  .meta({
    id: 'NewCampaign',
    description: 'What a campaign is for, its targets, and its guards.',
    // For the description alone, which knows nothing of the check above.
    oneOf: [{ required: ['selectors'] }, { required: ['targets'] }],
  });

export type NewCampaignBody = z.output<typeof newCampaignSchema>;

/** Lists of targets by their media type: streams, which the handler takes in. */
export const targetListSchemas = {
  'application/x-ndjson': z.any().meta({
    type: 'string',
    description: 'Targets, one a line: a URI in quotes, or an object as in `targets`. Up to 100,000.',
    examples: [
      '"provider://prod/task-0123456789abcdef0"\n{"connection":"prod","taskId":"task-0123456789abcdef1"}\n',
    ],
  }),
  'text/csv': z.any().meta({
    type: 'string',
    description:
      'Targets, one a row, under a header line that names the columns: `task`, or `connection` and the names of ids. Up to 100,000.',
    examples: ['connection,taskId\r\nprod,task-0123456789abcdef0\r\n'],
  }),
} as const satisfies Record<keyof typeof TARGET_TYPES, z.ZodType>;

/** What is said in the query of a campaign whose body is a list of targets. */
const listOptions = z.strictObject({
  ...optionsIn(IN_QUERY),
  connection: connectionName.exactOptional().describe('Of the targets that name none.'),
});

/** With a JSON body, which says all of it, the query is empty. */
export const newCampaignQuerySchema = listOptions.partial({ reason: true });

export type NewCampaignQuery = z.output<typeof newCampaignQuerySchema>;

/** The body of `:retry`: a campaign of its own, with guards of its own; it asks at once, so nothing can drift. */
const { maxDrift: _, ...guards } = optionsIn(IN_JSON);
export const retrySchema = z
  .strictObject({
    ...guards,
    outcomes: z
      .array(z.enum(OUTCOME_NAMES))
      .min(1)
      .exactOptional()
      .describe(`Of which targets; ${TO_RETRY.join(', ')} when left out.`),
  })
  .meta({
    id: 'RetryCampaign',
    description: 'What a new campaign of what another left undone is for, and its guards.',
  });
