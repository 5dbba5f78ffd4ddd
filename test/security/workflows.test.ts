import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { filesUnder, read } from '../deploy-files.js';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] }
    >
  >;
}

const FILES = filesUnder('.github/workflows', '.yml');
const WORKFLOWS = FILES.map((file) => ({ file, text: read(file), workflow: parse(read(file)) as Workflow }));
const STEPS = WORKFLOWS.flatMap(({ file, workflow }) =>
  Object.values(workflow.jobs).flatMap(({ steps }) => steps.map((step) => ({ file, step }))),
);

describe('the workflows of CI and of a release', () => {
  it('use the actions of others at one commit, which cannot be moved like a tag', () => {
    const used = STEPS.flatMap(({ step }) => step.uses ?? []);
    assert.ok(used.length > 0);
    for (const uses of used) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    for (const { text } of WORKFLOWS)
      for (const [line] of text.matchAll(/^.*uses: .*$/gm))
        assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may write where they have to, and nowhere by default', () => {
    for (const { file, workflow } of WORKFLOWS) {
      assert.deepEqual(workflow.permissions, { contents: 'read' }, file);
      assert.ok(!('pull_request_target' in workflow.on) && !('workflow_run' in workflow.on), file);
    }
    const [ci] = WORKFLOWS.filter(({ file }) => file.endsWith('ci.yml'));
    for (const { permissions } of Object.values(ci?.workflow.jobs ?? {}))
      assert.equal(permissions, undefined);
    for (const { file, step } of STEPS)
      if (step.uses?.startsWith('actions/checkout@'))
        assert.equal(step.with?.['persist-credentials'], false, file);
  });

  it('put nothing that others write into a script', () => {
    for (const { file, step } of STEPS) assert.ok(!step.run?.includes('${{'), `${file}: ${step.run}`);
  });

  it('run what CONTRIBUTING.md says, and look at what is known of the dependencies', () => {
    const runs = (name: string) =>
      STEPS.filter(({ file }) => file.endsWith(name)).flatMap(({ step }) => step.run ?? []);
    assert.ok(runs('ci.yml').includes('.ci/run') && runs('release.yml').includes('.ci/run'));
    for (const name of ['ci.yml', 'release.yml']) {
      assert.ok(
        runs(name).some((run) => run.startsWith('npm audit --')),
        name,
      );
      assert.ok(runs(name).includes('npm audit signatures'), name);
      assert.ok(runs(name).includes('npm run sbom'), name);
    }
  });
});
