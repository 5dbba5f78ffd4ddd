import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CampaignSchedules } from '../../../client/campaign-schedules.js';
import { withSchedules } from '../../campaign/with-schedules.js';
import type { CliContext } from '../../context.js';
import { outputOption, whoIsAsking } from '../../options.js';
import { printAnswer } from '../../print.js';

interface Steering {
  readonly summary: string;
  /** The field of its JSON that says it is done, and the sentence that does. */
  readonly done: string;
  readonly sentence: (name: string) => string;
  readonly steer: (schedules: CampaignSchedules, name: string, note: string) => Promise<void>;
}

const STEERING = {
  pause: {
    summary: 'start no more campaigns for now',
    done: 'paused',
    sentence: (name) => `${name} is paused; a campaign that runs goes on.`,
    steer: (schedules, name, note) => schedules.pause(name, note),
  },
  resume: {
    summary: 'start campaigns again, from the next time on',
    done: 'resumed',
    sentence: (name) => `${name} goes on.`,
    steer: (schedules, name, note) => schedules.resume(name, note),
  },
  delete: {
    summary: 'remove a schedule',
    done: 'deleted',
    sentence: (name) => `${name} is removed; a campaign that runs goes on.`,
    steer: (schedules, name) => schedules.delete(name),
  },
} as const satisfies Record<string, Steering>;

/** `pause`, `resume` and `delete`, which differ in words alone. */
export function scheduleSteeringCommands(context: CliContext): CommandUnknownOpts[] {
  return Object.entries(STEERING).map(([word, { summary, done, sentence, steer }]: [string, Steering]) =>
    new Command(word)
      .summary(summary)
      .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}. Campaigns that run go on.`)
      .argument('<schedule>', "the schedule's name")
      .option('--reason <text>', 'why; kept with the schedule')
      .addOption(outputOption())
      .action(async (name, { reason, output }) => {
        const by = whoIsAsking(context.env);
        const note = reason === undefined ? by : `${by}: ${reason}`;
        await withSchedules((schedules) => steer(schedules, name, note));
        printAnswer(context.terminal, output, { name, [done]: true }, () => sentence(name));
      }),
  );
}
