import { measureRun, type Hooks, type RunPlan, type Run } from './measure/measure-run.js';
import { killInTheMiddle } from './measure/crash.js';
import { timeReport } from './measure/report-time.js';
import type { Profile } from './profile.js';
import { openStage, type Stage } from './stage.js';

export interface Bench {
  readonly profile: Profile;
  /** Gets a line about what happens now. */
  readonly say: (line: string) => void;
  readonly record: (run: Run) => void;
}

type Scenario = (bench: Bench) => Promise<void>;

/** The provider of most runs: it has no quota of its own, and one look is for fifty tasks. */
const UNLIMITED = 'aws-fsx';
/** The one whose documented quotas are small. */
const LIMITED = 'alibaba-cpfs';

export const SHORT_CANCELING_MS = 2_000;
export const LOOK_EVERY_MS = 1_000;
const SHORT = {
  provider: UNLIMITED,
  cancelingMs: SHORT_CANCELING_MS,
  everyMs: LOOK_EVERY_MS,
} as const;

/** Everybody, without a quota, on one dev server for each number of tasks; the fast two in turns. */
const match: Scenario = async (bench) => {
  const most = Math.max(...bench.profile.match.map(({ tasks }) => tasks));
  for (const { tasks, pairs, slowPeers } of bench.profile.match) {
    await onStage(bench, async (stage, run) => {
      const plan = { ...SHORT, scenario: 'match', tasks, warmUpTasks: bench.profile.warmUpTasks } as const;
      for (let pair = 0; pair < pairs; pair++) {
        await run({ ...plan, contestant: 'floor' });
        await run(
          { ...plan, contestant: 'quiesce' },
          tasks === most ? { afterwards: timeReport(stage) } : {},
        );
      }
      for (const contestant of slowPeers) await run({ ...plan, contestant });
    });
  }
};

/** The cloud and the config know the same quota of both operations. */
const quota: Scenario = async (bench) => {
  for (const { perSecond, tasks, workers } of bench.profile.quotas) {
    await onStage(bench, (_stage, run) =>
      run({
        ...SHORT,
        scenario: 'quota',
        contestant: 'quiesce',
        tasks,
        workers,
        perSecond,
      }),
    );
  }
};

/** The vendor's documented quotas and the provider's own pacing, in real time. */
const documentedQuota: Scenario = (bench) =>
  onStage(bench, (_stage, run) =>
    run({
      scenario: 'documentedQuota',
      contestant: 'quiesce',
      provider: LIMITED,
      cancelingMs: SHORT_CANCELING_MS,
      tasks: bench.profile.documentedQuotaTasks,
    }),
  );

/** Cancels that take minutes, with the provider's own pacing, in real time. */
const slow: Scenario = async (bench) => {
  const plan = bench.profile.slow;
  if (plan === undefined) return bench.say('slow: not measured in a quick run');
  await onStage(bench, (_stage, run) =>
    run({ scenario: 'slow', contestant: 'quiesce', provider: UNLIMITED, ...plan }),
  );
};

/** The only Worker is killed when half of the tasks were asked, and another is started at once. */
const crash: Scenario = (bench) =>
  onStage(bench, (stage, run) => {
    const plan: RunPlan = {
      ...SHORT,
      scenario: 'crash',
      contestant: 'quiesce',
      tasks: bench.profile.crashTasks,
    };
    return run(plan, killInTheMiddle(stage, plan));
  });

export const SCENARIOS = { match, quota, documentedQuota, crash, slow } as const satisfies Record<
  string,
  Scenario
>;

type Play = (stage: Stage, run: (plan: RunPlan, hooks?: Hooks) => Promise<void>) => Promise<void>;

async function onStage(bench: Bench, play: Play): Promise<void> {
  const stage = await openStage(bench.say);
  try {
    await play(stage, async (plan, hooks) => {
      const { scenario, contestant, tasks, workers = 1 } = plan;
      bench.say(`${scenario}: ${contestant}, ${tasks} tasks${workers === 1 ? '' : `, ${workers} Workers`} …`);
      bench.record(await measureRun(stage, plan, hooks));
    });
  } finally {
    await stage.close();
  }
}
