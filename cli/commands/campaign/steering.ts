import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignHandle } from '../../../client/index.js';
import type { CampaignRequest } from '../../../contract/campaign.js';
import type { CliContext } from '../../context.js';
import { nameOption, outputOption, whoIsAsking } from '../../options.js';
import { printAnswer } from '../../print.js';
import { withQuiesce } from '../../with-quiesce.js';

interface Steering {
  readonly summary: string;
  readonly description: string;
  /** The field of its JSON that says it is done, and the sentence that does. */
  readonly done: string;
  readonly sentence: (id: string) => string;
  readonly steer: (handle: CampaignHandle, request: CampaignRequest) => Promise<void>;
}

const STEERING = {
  pause: {
    summary: 'ask no more for now',
    description: 'Asks no more for now; what was asked is proven all the same.',
    done: 'paused',
    sentence: (id) => `${id} is paused: nothing more is asked; what was asked is still proven.`,
    steer: (handle, request) => handle.pause(request),
  },
  resume: {
    summary: 'go on asking',
    description: 'Goes on asking where a pause left off.',
    done: 'resumed',
    sentence: (id) => `${id} goes on.`,
    steer: (handle, request) => handle.resume(request),
  },
  abort: {
    summary: 'never ask again',
    description:
      'Stops asking at once and for good; what was asked is proven all the same. A vendor takes nothing back: tasks that were asked end.',
    done: 'aborted',
    sentence: (id) => `${id} asks no more; it ends once what was asked is proven.`,
    steer: (handle, request) => handle.abort(request),
  },
  approve: {
    summary: 'let the next wave begin',
    description: 'Lets the next wave of a campaign with --approve-each-wave begin.',
    done: 'approved',
    sentence: (id) => `${id} goes on with its next wave.`,
    steer: (handle, request) => handle.approveWave(request),
  },
} as const satisfies Record<string, Steering>;

/** `pause`, `resume`, `abort` and `approve`, which differ in words alone. */
export function steeringCommands(context: CliContext): CommandUnknownOpts[] {
  return Object.entries(STEERING).map(([word, steering]) => steeringCommand(context, word, steering));
}

function steeringCommand(context: CliContext, word: string, steering: Steering): CommandUnknownOpts {
  const { summary, description, done, sentence, steer } = steering;
  return new Command(word)
    .summary(summary)
    .description(description)
    .argument('<campaign>', "the campaign's id")
    .option('--reason <text>', 'why; kept with the campaign')
    .addOption(nameOption('--by <who>', 'who says so; kept likewise'))
    .addOption(outputOption())
    .action(async (id, { reason, by = whoIsAsking(context.env), output }) => {
      await withQuiesce(async (quiesce) => {
        await steer(quiesce.campaigns.get(id), { by, ...(reason !== undefined && { reason }) });
        printAnswer(context.terminal, output, { id, [done]: true, by, reason }, () => sentence(id));
      });
    });
}
