import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { filesUnder, read } from '../deploy-files.js';

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
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

  it('have the version before where test:chaos deploys from it', () => {
    for (const { file, workflow } of WORKFLOWS)
      for (const { steps } of Object.values(workflow.jobs)) {
        if (!steps.some(({ run = '' }) => run === '.ci/run' || run.includes('test:chaos'))) continue;
        const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'));
        assert.equal(checkout?.with?.['fetch-depth'], 0, file);
      }
  });

  it('play chaos on PostgreSQL every night', () => {
    const [nightly] = WORKFLOWS.filter(({ file }) => file.endsWith('nightly.yml'));
    assert.ok(nightly !== undefined && 'schedule' in nightly.workflow.on);
    const runs = Object.values(nightly.workflow.jobs).flatMap(({ steps }) =>
      steps.flatMap(({ run }) => run ?? []),
    );
    assert.ok(runs.some((run) => run.startsWith('npm run test:chaos -- --postgres')));
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

const RELEASE = parse(read('.github/workflows/release.yml')) as Workflow;
const SIGNER = /^actions\/attest-build-provenance@/;
const BUILT = '${{ steps.build.outputs.digest }}';

function jobOf(name: string): Job {
  return RELEASE.jobs[name] ?? assert.fail(`release.yml has no job "${name}"`);
}

/** What a job runs, after all that has to have succeeded before it begins. */
function runsBefore(name: string): string[] {
  const { needs = [], steps } = jobOf(name);
  return [...[needs].flat().flatMap(runsBefore), ...steps.flatMap(({ run }) => run ?? [])];
}

function stepOf(name: string, isWanted: (step: Step) => boolean): { step: Step; place: number } {
  const { steps } = jobOf(name);
  const place = steps.findIndex(isWanted);
  return { step: steps[place] ?? assert.fail(`nothing of the kind in "${name}"`), place };
}

describe('a release', () => {
  it('lets out neither package nor image before it was tested and its dependencies were looked at', () => {
    const lettingOut = { package: /^gh release create /, image: / build --push / };
    const writing = Object.entries(RELEASE.jobs).filter(([, { permissions = {} }]) =>
      Object.values(permissions).includes('write'),
    );
    assert.deepEqual(writing.map(([name]) => name).sort(), Object.keys(lettingOut).sort());
    for (const [name, out] of Object.entries(lettingOut)) {
      const runs = runsBefore(name);
      const isOut = runs.findIndex((run) => out.test(run));
      for (const before of [/^\.ci\/run$/, /^npm audit --/, /^npm audit signatures$/]) {
        const place = runs.findIndex((run) => before.test(run));
        assert.ok(place >= 0 && place < isOut, `${name}: ${before} is run ${place}., it is out ${isOut}.`);
      }
    }
    // A job or a step with a condition may run, or be passed over, whatever became of those before.
    assert.doesNotMatch(read('.github/workflows/release.yml'), /^\s*(?:- )?(?:if|continue-on-error):/m);
  });

  it('signs the package and its bill of materials before it hands them out, by its own identity', () => {
    const { permissions } = jobOf('package');
    assert.deepEqual([permissions?.['id-token'], permissions?.['attestations']], ['write', 'write']);
    const attest = stepOf('package', ({ uses = '' }) => SIGNER.test(uses));
    const out = stepOf('package', ({ run = '' }) => run.startsWith('gh release create'));
    const signed = String(attest.step.with?.['subject-path']).trim().split(/\s+/);
    assert.deepEqual(signed, ['quiesce-*.tgz', 'quiesce.cdx.json']);
    assert.ok(out.step.run?.endsWith(` ${signed.join(' ')}`), out.step.run);
    for (const made of ['npm pack', 'npm run sbom'])
      assert.ok(stepOf('package', ({ run }) => run === made).place < attest.place, made);
    assert.ok(attest.place < out.place);
  });

  it('signs the very image that it has built, by its own identity', () => {
    const { permissions, steps } = jobOf('image');
    assert.deepEqual([permissions?.['id-token'], permissions?.['attestations']], ['write', 'write']);
    const { step: build, place: built } = stepOf('image', ({ id }) => id === 'build');
    assert.match(build.run ?? '', / --sbom=true --provenance=mode=max /);
    assert.match(build.run ?? '', /^echo "digest=\$\(jq .*containerimage\.digest.*>> "\$GITHUB_OUTPUT"$/m);
    const after = steps.slice(built);
    const sign = after.find(({ run }) => /cosign" sign --yes "\$IMAGE@\$DIGEST"$/m.test(run ?? ''));
    assert.equal(sign?.env?.['DIGEST'], BUILT);
    assert.match(
      sign?.run ?? '',
      /^go install github\.com\/sigstore\/cosign\/v2\/cmd\/cosign@v\d+\.\d+\.\d+$/m,
    );
    const attest = after.find(({ uses = '' }) => SIGNER.test(uses));
    assert.equal(attest?.with?.['subject-digest'], BUILT);
    assert.equal(attest.with['push-to-registry'], true);
  });
});
