// `npm run test:mutation`: changes the code that decides one place at a time, and sees whether the quick tests notice.
// `npm run test:mutation -- pacing` does so to one part, `-- signature` to the files whose path has "signature" in it.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/** Of a hundred changes so many have to be noticed, in each part. */
const LEAST_SCORE = 85;

/**
 * What is changed, and which tests have to notice: those that need no Temporal server, since each of them is run for
 * every change of what it runs. A part has the tests that are about it, lest a table be held to tests of something else.
 */
const PARTS = {
  signing: {
    sources:
      /^(contract\/client-token|activities\/sign-callback|providers\/vendors\/(canonical-request|(alibaba|huawei)\/signature))\.ts$/,
    tests: /^unit\/(client-token|canonical-request|sign-callback|(alibaba|huawei)-signature)\.test\.ts$/,
  },
  verdicts: {
    sources: /^(contract\/observation|workflows\/(verdict|next-step|next-lane-step|story|protection))\.ts$/,
    tests: /^unit\/(verdict|next-step|next-lane-step|lane|story|protection)\.test\.ts$/,
  },
  lanes: {
    sources: /^(workflows\/lane|activities\/(target-row|ask-(rate|slots)))\.ts$/,
    tests: /^unit\/(lane|lane-report|target-row|ask-(rate|slots))\.test\.ts$/,
  },
  tables: {
    sources:
      /^providers\/([\w-]+\/(states|errors|to-observation|observation|answers)|vendors\/\w+\/(sfs-turbo-)?errors|zoneless-time|or-inaccessible|contradict(ion|ed-answer))\.ts$/,
    tests:
      /^unit\/(alibaba-errors|alibaba-cpfs-tables|aws-fsx-errors|contradict(ion|ed-answer)|huawei-sfs-turbo|observations|vendor-words)\.test\.ts$/,
  },
  credentials: {
    sources: /^providers\/(aws-fsx\/(credential-errors|fsx-endpoint)|vendors\/alibaba\/sts)\.ts$/,
    tests: /^unit\/(aws-fsx-(credential-errors|endpoint)|alibaba-sts)\.test\.ts$/,
  },
  proof: {
    sources: /^(activities\/prove-targets|providers\/alibaba-cpfs\/subtasks)\.ts$/,
    tests: /^unit\/(prove-targets|alibaba-cpfs-subtasks|alibaba-cpfs-subtask-questions)\.test\.ts$/,
  },
  pacing: {
    sources:
      /^(providers\/pacing|activities\/(eased-pace|leased-pace|call-queue|promised-turns|refused-until|wait-limit)|workflows\/water-fill)\.ts$/,
    tests:
      /^unit\/(pacing|(eased|leased)-pace|call-queue|bulk-calls|promised-turns|refused-until|wait-limit|water-fill)\.test\.ts$/,
  },
  breaker: {
    sources: /^activities\/credential-(breaker|turns|news)\.ts$/,
    tests: /^unit\/credential-(breaker|turns)\.test\.ts$/,
  },
  gate: {
    sources:
      /^activities\/(connection-gate|connection-metrics|held-back-error|quota-lease|watched-gate)\.ts$/,
    tests: /^unit\/(connection-gate|held-back-error|quota-lease|watched-gate)\.test\.ts$/,
  },
  ledgers: {
    sources: /^workflows\/(quota-(ledger|limits|room)|ask-again|grant-share|credential-ledger)\.ts$/,
    tests: /^unit\/(quota-(shares|turns)|credential-ledger)\.test\.ts$/,
  },
};

const root = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { concurrency: { type: 'string', default: '2' } },
});
const [wanted = ''] = positionals;

process.chdir(root);
let found = false;
for (const [name, { sources, tests }] of Object.entries(PARTS)) {
  const mutate = filesOf(['contract', 'providers', 'activities', 'workflows'], sources).filter((file) =>
    `${name} ${file}`.includes(wanted),
  );
  if (mutate.length === 0) continue;
  found = true;
  console.log(`> ${name}: ${mutate.length} files`);
  const testFiles = filesOf(['test'], tests, 'test/').map((file) => `dist/${file.replace(/ts$/, 'js')}`);
  await new Stryker(optionsOf(name, mutate, testFiles)).runMutationTest();
}
if (!found) {
  console.error(`No part and no file that is mutated has "${wanted}" in its name.`);
  process.exitCode = 1;
}

function optionsOf(name, mutate, testFiles) {
  return {
    mutate,
    testRunner: 'tap',
    tap: { testFiles, nodeArgs: ['--test-reporter=tap'] },
    coverageAnalysis: 'perTest',
    // One build holds all changes, each behind a switch: their types cannot be checked, and Stryker says so to tsc.
    buildCommand: 'tsc',
    // Stryker would rewrite the paths in tsconfig.json, with an API that TypeScript 7 has no more; ours names none outside.
    tsconfigFile: 'is-left-alone',
    ignorePatterns: ['dist', '.quiesce', 'docs', 'deploy', 'test/replay', 'tools', 'bench/results'],
    tempDirName: '.quiesce/mutation/sandbox',
    concurrency: Number(values.concurrency),
    // A test that never ends counts as one that has noticed; on a busy machine a slow one must not pass for that.
    timeoutMS: 15_000,
    thresholds: { high: 95, low: LEAST_SCORE, break: LEAST_SCORE },
    reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
    clearTextReporter: { logTests: false, reportTests: false, allowEmojis: false },
    jsonReporter: { fileName: `.quiesce/mutation/${name}.json` },
    htmlReporter: { fileName: `.quiesce/mutation/${name}.html` },
    allowConsoleColors: process.stdout.isTTY,
  };
}

/** The files under these folders whose path, without `prefix`, is as wanted. */
function filesOf(folders, pattern, prefix = '') {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => pattern.test(file.slice(prefix.length)))
    .sort();
}
