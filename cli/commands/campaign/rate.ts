import { Argument, Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { formatRate, parseRateOrNone } from '../../campaign/amounts.js';
import type { CliContext } from '../../context.js';
import { outputOption, whoIsAsking } from '../../options.js';
import { printAnswer } from '../../print.js';
import { withQuiesce } from '../../with-quiesce.js';

export function rateCommand(context: CliContext): CommandUnknownOpts {
  return new Command('rate')
    .summary('change how fast a campaign asks')
    .description(
      "Changes how many cancel calls a campaign makes on each connection while it runs. The connection's quota holds all the same.",
    )
    .argument('<campaign>', "the campaign's id")
    .addArgument(
      new Argument('<rate>', '5/s, 120/m or 1000/h; none takes the limit away').argParser(parseRateOrNone),
    )
    .addOption(outputOption())
    .action(async (id, callsPerSecond, { output }) => {
      await withQuiesce(async (quiesce) => {
        const by = whoIsAsking(context.env);
        await quiesce.campaigns.get(id).setRate({ by, callsPerSecond });
        printAnswer(context.terminal, output, { id, callsPerSecond }, () =>
          callsPerSecond === null
            ? `${id} asks as fast as its connections allow.`
            : `${id} asks at most ${formatRate(callsPerSecond)} on each connection.`,
        );
      });
    });
}
