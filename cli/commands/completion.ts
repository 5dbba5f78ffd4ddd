import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { complete, type ValueSources } from '../complete.js';
import { COMPLETION_SCRIPTS, type Shell } from '../completion-scripts.js';
import type { Quiesce } from '../../client/index.js';
import type { CliContext } from '../context.js';
import { readConfigIfAny } from '../read-config.js';

/** Somebody waits with a finger on the key. */
const CONNECT_TIMEOUT_MS = 1_000;
const MOST_IDS = 50;

const SHELLS = Object.keys(COMPLETION_SCRIPTS) as Shell[];

export function completionCommand(context: CliContext) {
  return new Command('completion')
    .summary('print a shell completion script')
    .description(
      'Prints a script that completes commands, options, their values and the names of connections.',
    )
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell) => void context.terminal.out.write(COMPLETION_SCRIPTS[shell]));
}

/** What the scripts call with the words before the cursor, after `--`. */
export function completeCommand(context: CliContext, program: CommandUnknownOpts) {
  return new Command('__complete').argument('[words...]').action(async (words) => {
    const candidates = await complete(program, words, valueSources(context, words));
    const lines = candidates.map(({ value, description }) => `${value}\t${description}\n`);
    context.terminal.out.write(lines.join(''));
  });
}

function valueSources(context: CliContext, words: readonly string[]): ValueSources {
  const typedConfig = words[words.indexOf('--config') + 1];
  const path = words.includes('--config') && typedConfig !== '' ? typedConfig : undefined;
  return {
    // A config that is missing or broken is told by the command itself, not in the middle of a word.
    connection: async () =>
      readConfigIfAny(context, path).then(
        (config) => [...(config?.connections.keys() ?? [])],
        () => [],
      ),
    campaign: () => fromTemporal(async (quiesce) => idsOf(quiesce.campaigns.list({ limit: MOST_IDS }), 'id')),
    schedule: () =>
      fromTemporal(async ({ client }) => {
        const { CampaignSchedules } = await import('../../client/campaign-schedules.js');
        return idsOf(new CampaignSchedules(client).list(), 'name');
      }),
    provider: async () => (await import('../../providers/all.js')).ALL_PROVIDERS.map(({ id }) => id),
  };
}

/** What the server knows; nothing where it does not answer at once, which is no news in the middle of a word. */
async function fromTemporal(read: (quiesce: Quiesce) => Promise<string[]>): Promise<string[]> {
  try {
    const { Quiesce: Client } = await import('../../client/index.js');
    const quiesce = await Client.connect({ connectTimeoutMs: CONNECT_TIMEOUT_MS });
    try {
      return await quiesce.client.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, () => read(quiesce));
    } finally {
      await quiesce.close();
    }
  } catch {
    return [];
  }
}

async function idsOf<Key extends string>(
  found: AsyncIterable<Readonly<Record<Key, string>>>,
  key: Key,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const each of found) ids.push(each[key]);
  return ids;
}
