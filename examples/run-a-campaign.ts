// Plans a campaign from a file of tasks, starts it, slows it down, waits for its end, and prints a report.
import { Quiesce } from 'quiesce/client';

const [file = 'targets.csv'] = process.argv.slice(2);
const by = 'import-service';

const quiesce = await Quiesce.connect();
try {
  // Looks at every task, and asks for nothing. Also: { targets: [uri, …] }, or { selectors: [{ connection, provider, … }] }.
  const campaign = await quiesce.campaigns.plan(
    { file },
    {
      reason: 'maintenance window',
      requestedBy: by,
      errorThreshold: { share: 0.05 },
      protect: ['task-0abc*'],
    },
  );
  const { plan, targets = 0, note } = (await campaign.planned()) ?? {};
  if (plan === undefined) throw new Error(`There is no plan: ${note}`);
  console.log(`${plan.wouldCancel} of ${targets} would be canceled, ${plan.protected} are protected`);

  await campaign.start({ by });
  await campaign.setRate({ by, callsPerSecond: 5, reason: 'others use this account, too' });
  await campaign.pause({ by, reason: 'somebody asked what this is' });
  await campaign.resume({ by });

  for await (const { phase, states, problems } of campaign.watch({ everyMs: 5_000 })) {
    console.log(phase, states, problems.at(-1)?.message ?? '');
  }
  const { end, verdicts } = await campaign.result();
  console.log(`ended as ${end}:`, verdicts);

  for await (const { task, state, lastState, code } of campaign.report()) {
    console.log([task, state, lastState, code].join(','));
  }
} finally {
  await quiesce.close();
}
