import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { defaultPayloadConverter } from '@temporalio/common';
import { CANCEL_CAMPAIGN_WORKFLOW, CANCEL_TASK_WORKFLOW } from '../../contract/names.js';
import { PUBLISHED_WORKFLOWS } from '../../publish/contract-messages.js';
import { contractSchemas } from '../../publish/contract-schemas.js';
import { ContractSchemas, ROOT } from '../contract-schemas.js';
import { WRONG_CAMPAIGN_INPUTS, WRONG_CANCEL_INPUTS } from '../wrong-inputs.js';

const HISTORIES = join(ROOT, 'test/replay/histories');

/** Too long in all: no schema can say that. */
const BEYOND_SCHEMAS = new Set(['protect that is a book']);

/** One message of a recorded history. */
interface Recorded {
  readonly workflow: string;
  readonly message: string;
  readonly direction: 'takes' | 'gives';
  readonly value: unknown;
}

describe('the published JSON Schemas', () => {
  it('are made from the types as they are now: else `npm run schema`', { timeout: 120_000 }, async () => {
    for (const [file, schema] of Object.entries(await contractSchemas(ROOT)))
      assert.deepEqual(JSON.parse(readFileSync(join(ROOT, 'schema', file), 'utf8')), schema, file);
  });

  it('fit what real Workflows were sent and have answered', () => {
    const schemas = new ContractSchemas();
    // Of all versions: what callers were promised stays.
    for (const file of readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' }).filter((each) =>
      each.endsWith('.json'),
    ))
      for (const { workflow, message, direction, value } of recordedIn(file))
        schemas.fits(workflow, message, direction, value);
    // Queries leave nothing in a history; the tests with the command line hold their answers to the schemas.
    assert.deepEqual([...schemas.used].sort(), [
      'AbandonAnswer',
      'AbandonRequest',
      'AddCallbackAnswer',
      'AddCallbackRequest',
      'CampaignInput',
      'CampaignRequest',
      'CampaignResult',
      'CancelInput',
      'CancelResult',
      'ExtendAnswer',
      'ExtendRequest',
      'LoadRequest',
      'OpenLaneAnswer',
      'OpenLaneRequest',
      'RateRequest',
      'SealRequest',
    ]);
  });

  for (const [workflow, wrong] of [
    [CANCEL_TASK_WORKFLOW, WRONG_CANCEL_INPUTS],
    [CANCEL_CAMPAIGN_WORKFLOW, WRONG_CAMPAIGN_INPUTS],
  ] as const)
    for (const [name, input] of wrong.filter(([each]) => !BEYOND_SCHEMAS.has(each)))
      it(`refuse, as ${workflow} does, ${name}`, () => {
        assert.notDeepEqual(new ContractSchemas().problems(workflow, workflow, 'takes', input), []);
      });

  it('refuse results without a verdict, or with one that does not exist', () => {
    const result = recordedIn('0.1.0/canceled.json').find(({ direction }) => direction === 'gives');
    const schemas = new ContractSchemas();
    const problems = (verdict: unknown) =>
      schemas.problems(CANCEL_TASK_WORKFLOW, CANCEL_TASK_WORKFLOW, 'gives', {
        ...(result?.value as object),
        verdict,
      });
    assert.deepEqual(problems('canceled'), []);
    assert.notDeepEqual(problems('gone'), []);
    assert.notDeepEqual(problems(undefined), []);
  });

  it('are used by the example in Python as the page shows it', () => {
    const page = readFileSync(join(ROOT, 'docs/contract.md'), 'utf8');
    const example = readFileSync(join(ROOT, 'examples/cancel_task.py'), 'utf8');
    assert.ok(page.includes(`\`\`\`python\n${example}\`\`\``));
  });

  it('are named in the page, each message with its Workflow', () => {
    const page = readFileSync(join(ROOT, 'docs/contract.md'), 'utf8');
    for (const { file, messages } of PUBLISHED_WORKFLOWS) {
      assert.ok(page.includes(`(../schema/${file})`), file);
      for (const [name, { takes, gives }] of Object.entries(messages)) {
        const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``));
        assert.ok(row, name);
        for (const type of [takes, gives])
          if (type !== undefined) assert.ok(page.includes(`\`${type}\``), type);
      }
    }
  });
});

/** What a history says of the messages in the contract: inputs, results, Updates and their answers. */
function recordedIn(file: string): Recorded[] {
  const { events } = historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, file), 'utf8')));
  const recorded: Recorded[] = [];
  const updates = new Map<string, string>();
  let workflow = '';
  const note = (message: string, direction: 'takes' | 'gives', payloads: Payloads): void => {
    const published = PUBLISHED_WORKFLOWS.find(({ messages }) => Object.keys(messages)[0] === workflow);
    const type = published?.messages[message]?.[direction];
    const [payload] = payloads?.payloads ?? [];
    if (type === undefined || payload === undefined) return;
    recorded.push({ workflow, message, direction, value: defaultPayloadConverter.fromPayload(payload) });
  };
  for (const event of events ?? []) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started) {
      workflow = started.workflowType?.name ?? '';
      // What a run hands to the next is no caller's input.
      if (!started.continuedExecutionRunId) note(workflow, 'takes', started.input);
    }
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (accepted?.input) {
      updates.set(accepted.meta?.updateId ?? '', accepted.input.name ?? '');
      note(accepted.input.name ?? '', 'takes', accepted.input.args);
    }
    const updated = event.workflowExecutionUpdateCompletedEventAttributes;
    if (updated) note(updates.get(updated.meta?.updateId ?? '') ?? '', 'gives', updated.outcome?.success);
    note(workflow, 'gives', event.workflowExecutionCompletedEventAttributes?.result);
  }
  return recorded;
}

type Payloads =
  | { readonly payloads?: Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null }
  | null
  | undefined;
