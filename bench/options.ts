import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { FULL, QUICK, type Profile } from './profile.js';
import { SCENARIOS } from './scenarios.js';

type ScenarioId = keyof typeof SCENARIOS;

export interface BenchOptions {
  readonly profile: Profile;
  readonly scenarios: readonly ScenarioId[];
  readonly json: boolean;
  /** Where the plot is written. */
  readonly plot: string;
}

const ALL = Object.keys(SCENARIOS) as ScenarioId[];

/** Reads the command line; ends the process for `--help` and for what makes no sense. */
export function readOptions(argv: readonly string[]): BenchOptions {
  const options = new Command('npm run bench --')
    .description(
      'Measures campaigns beside plain scripts and other designs on Temporal, against the simulator. Linux only.',
    )
    .option('--quick', 'small numbers, in less than three minutes; without it, about an hour')
    .addOption(new Option('--only <scenarios...>', 'some of the scenarios').choices(ALL))
    .option(
      '--sizes <tasks...>',
      'of the match, such as 1000 5000',
      (text, sizes: number[]) => [...sizes, wholeNumber(text)],
      [],
    )
    .option('--pairs <n>', 'how often the fast ones run, in turns', wholeNumber)
    .option('--json', 'goals and rows as JSON on stdout, and nothing else')
    .option('--plot <file>', 'where the plot goes', '.quiesce/bench/speeds.svg')
    .parse([...argv])
    .opts();
  return {
    profile: chosen(options.quick === true ? QUICK : FULL, options),
    scenarios: options.only ?? ALL,
    json: options.json === true,
    plot: options.plot,
  };
}

function chosen(
  profile: Profile,
  { sizes, pairs }: { sizes: number[]; pairs?: number | undefined },
): Profile {
  const rounds =
    sizes.length === 0
      ? profile.match
      : sizes.map(
          (tasks) =>
            profile.match.find((round) => round.tasks === tasks) ?? { tasks, pairs: 1, slowPeers: [] },
        );
  return { ...profile, match: rounds.map((round) => ({ ...round, pairs: pairs ?? round.pairs })) };
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
