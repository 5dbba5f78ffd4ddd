import { z } from 'zod';
import { OUTCOMES, ON_THE_WAY_WORDS, ENDS, PHASE_WORDS } from '../../client/outcomes.js';

// What Workflows answer is passed on whole: those of a newer or older version may know more or less than these schemas.

const listed = (words: Readonly<Record<string, unknown>>) =>
  Object.keys(words)
    .map((word) => `\`${word}\``)
    .join(', ');

const id = z.string().meta({ examples: ['20261121-83c49e'] });
const time = z.iso.datetime();
const count = z.int().min(0);
const phase = z.string().describe(`Where it is: ${listed(PHASE_WORDS)}.`);

const statesSchema = z.record(z.string(), count).meta({
  id: 'StateCounts',
  description: `How many targets are where; they add up to \`targets\`. Outcomes: ${listed(OUTCOMES)}. On the way: ${listed(ON_THE_WAY_WORDS)}.`,
  examples: [{ canceled: 9_700, refused: 3, waiting: 297 }],
});

const callsSchema = z
  .looseObject({ asks: count, looks: count, throttled: count })
  .meta({ id: 'CallCounts', description: 'Calls to the vendor; one look may answer for many targets.' });

const troubleSchema = z
  .looseObject({
    subject: z.string().describe("The target's URI, or the Workflow id of the lane or the campaign."),
    code: z.string(),
    message: z.string(),
    at: time.optional(),
  })
  .meta({ id: 'Trouble' });

const connectionSchema = z
  .looseObject({
    connection: z.string(),
    provider: z.string(),
    targets: count,
    states: statesSchema,
    calls: callsSchema,
    held: z
      .looseObject({ kind: z.string(), code: z.string(), message: z.string(), retryAfterMs: z.number() })
      .optional()
      .describe('Why nothing is asked of it at the moment.'),
  })
  .meta({ id: 'CampaignConnection' });

const planSchema = z
  .looseObject({
    surveyedAt: time,
    wouldCancel: count,
    hasEnded: count,
    isCanceling: count,
    notFound: count,
    wouldBeRefused: count,
    protected: count,
    unknown: count,
    drifted: count.optional().describe('How many had changed when it was to be started.'),
    estimates: z.array(
      z.looseObject({ connection: z.string(), asks: count, looks: count, durationMs: z.number().optional() }),
    ),
  })
  .meta({ id: 'CampaignPlan', description: 'What would happen, as of the last look at every target.' });

/** Of every address of one campaign. */
export const campaignParams = z.object({ id: id.describe('Of the campaign.') });

export const campaignSchema = z
  .looseObject({
    id,
    phase,
    end: z
      .string()
      .optional()
      .describe(`How it ended: ${listed(ENDS)}.`),
    note: z.string().optional().describe('Why it is not asking, or how it ended, in a sentence.'),
    reason: z.string(),
    requestedBy: z.string().optional(),
    createdAt: time,
    startedAt: time.optional(),
    endedAt: time.optional(),
    deadlineAt: time.optional(),
    targets: count,
    states: statesSchema,
    calls: callsSchema,
    connections: z.array(connectionSchema),
    lanes: z
      .object({ all: count, running: count, ended: count })
      .describe('Its targets are worked on in lanes of up to a thousand.'),
    wave: z
      .looseObject({
        number: count,
        of: count,
        upTo: count.describe('How many targets may be asked by the end of this wave, in all.'),
        nextAt: time.optional().describe('In a pause between waves: when the next one begins.'),
      })
      .optional(),
    callsPerSecond: z.number().optional(),
    problems: z.array(troubleSchema).describe('The newest last.'),
    stalled: z.array(troubleSchema).describe('What keeps it from going on at the moment; it is tried again.'),
    noTemporal: z
      .literal(true)
      .optional()
      .describe('Beside `noWorker`: it is Temporal itself that does not answer.'),
    noWorker: z.literal(true).optional().describe('No Worker answers: this is how it was when one did last.'),
    plan: planSchema.optional(),
  })
  .meta({ id: 'Campaign', description: 'A campaign as it stands.' });

export type CampaignBody = z.output<typeof campaignSchema>;

export const campaignEventSchema = campaignSchema
  .extend({
    asksPerSecond: z.number().nullable().describe('Over the last minute; null while nobody knows.'),
    etaMs: z.number().nullable().describe('Until all have ended, at the pace of the last minute.'),
  })
  .meta({ id: 'CampaignEvent', description: 'The data of an event: the whole campaign as it stands.' });

export type CampaignEvent = z.output<typeof campaignEventSchema>;

/** How one of its events is made up. What is in its text is described as JSON Schema has it for JSON in a string. */
export const streamEventSchema = z
  .looseObject({
    id: z.string().describe('Stands for the state; to come back with as `Last-Event-ID`.'),
    event: z.enum(['progress', 'end', 'failed']),
    data: z.string().meta({
      description: 'The whole campaign as it stands, as a `CampaignEvent` in JSON; of `failed`, a problem.',
      contentMediaType: 'application/json',
      contentSchema: {
        anyOf: [{ $ref: '#/components/schemas/CampaignEvent' }, { $ref: '#/components/schemas/Problem' }],
      },
    }),
  })
  .meta({
    id: 'StreamEvent',
    description: 'One event of the stream, line by line: `id: …`, `event: …`, `data: …`.',
  });

export const campaignSummarySchema = z
  .looseObject({
    id,
    phase: phase.optional(),
    requestedBy: z.string().optional(),
    connections: z.array(z.string()).optional(),
    workflowStatus: z.string().describe("Temporal's own word."),
    startedAt: time,
    closedAt: time.optional(),
  })
  .meta({ id: 'CampaignSummary', description: 'A campaign in a list; seconds behind on a busy server.' });

export const campaignPageSchema = z
  .object({
    items: z.array(campaignSummarySchema),
    nextCursor: z.string().optional().describe('Left out after the last page.'),
  })
  .meta({ id: 'CampaignPage' });

export const begunSchema = z
  .object({
    id,
    targets: count.optional().describe('How many different tasks the list names.'),
    duplicates: count.optional().describe('How many of its rows name a task that an earlier one has named.'),
  })
  .meta({ id: 'BegunCampaign' });

export type BegunBody = z.output<typeof begunSchema>;

export const targetStorySchema = z
  .looseObject({
    campaign: z.string(),
    lane: z.int(),
    task: z.string(),
    hints: z.record(z.string(), z.string()).optional(),
    provider: z.string(),
    connection: z.string(),
    state: z.string().describe(`Its outcome (${listed(OUTCOMES)}), or where it is on the way to one.`),
    lastState: z.string().optional().describe("The vendor's own word, as it was last seen."),
    seenAt: time.optional(),
    seenBy: z.string().optional().describe("The vendor's id of the last look."),
    asks: count.describe('How many cancel calls were answered.'),
    askedAt: time.optional(),
    askedBy: z.string().optional().describe("The vendor's id of the last ask."),
    clientToken: z.string().optional(),
    code: z.string().optional(),
    message: z.string().optional(),
  })
  .meta({ id: 'TargetStory', description: 'What a campaign knows of one target.' });

export const foundSchema = z
  .object({
    items: z.array(targetStorySchema),
    complete: z.boolean().describe('False when the time for looking was over, or `limit` was reached.'),
  })
  .meta({ id: 'FoundTargets' });
