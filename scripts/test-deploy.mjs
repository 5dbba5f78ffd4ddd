// `npm run test:deploy`: what is deployed, as those will read it who deploy it. The Dockerfile by hadolint, the scripts by shellcheck,
// docker-compose.yml by Compose's own parser, the alerts by Prometheus' promtool, deploy/kubernetes by kustomize and the schemas of Kubernetes, KEDA and the Prometheus Operator,
// .github/workflows by actionlint. No Docker is needed, but Go and Python are.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { go } from './go.mjs';
import { providePython } from './provide-python.mjs';

const ROOT = dirname(import.meta.dirname);
const TOOLS = join(ROOT, 'tools', 'deploy');
const FOLDER = join(ROOT, '.quiesce', 'deploy');
const GO = join(FOLDER, 'go');
/** The oldest that the base's fields are held to, and the newest there is a schema of. */
const KUBERNETES = ['1.32', '1.37'];
/** Where the definitions of custom resources lie in the modules of tools/crds. */
const DEFINITIONS = {
  'github.com/kedacore/keda/v2': [
    'config/crd/bases/keda.sh_scaledobjects.yaml',
    'config/crd/bases/keda.sh_triggerauthentications.yaml',
  ],
  'github.com/prometheus-operator/prometheus-operator': [
    'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
  ],
};
/** Those that have custom resources. */
const WITH_CUSTOM = new Set(['example', 'prometheus']);

try {
  const requirements = join(TOOLS, 'requirements.txt');
  const python = dirname(
    await providePython({
      root: ROOT,
      folder: FOLDER,
      requirements,
      what: 'What reads the deployment files',
      oldest: [3, 10],
      say,
    }),
  );
  mkdirSync(GO, { recursive: true });
  build(TOOLS);
  // Apart: what Prometheus needs of Kubernetes would not fit with what kustomize needs. Of its ways to find targets, only ours.
  build(join(ROOT, 'tools', 'prometheus'), ['-tags=remove_all_sd,enable_dns_sd']);
  // Apart: it was written for another version of the YAML parser than Compose.
  build(join(ROOT, 'tools', 'actionlint'));

  check('hadolint', join(python, 'hadolint'), ['Dockerfile']);
  check('shellcheck', join(python, 'shellcheck'), scripts());
  check('actionlint', join(GO, 'actionlint'), ['-shellcheck', join(python, 'shellcheck'), ...workflows()]);
  check('Compose', join(GO, 'cmd'), ['docker-compose.yml']);
  check('Compose, the demo', join(GO, 'cmd'), ['docker-compose.yml'], envOf('deploy/demo/demo.env'));
  check('Compose, Temporal elsewhere', join(GO, 'cmd'), [
    'docker-compose.yml',
    'deploy/temporal-cloud/docker-compose.yml',
  ]);
  check('Compose, encrypted', join(GO, 'cmd'), [
    'docker-compose.yml',
    'deploy/encryption/docker-compose.yml',
  ]);
  check('Compose, encrypted, Temporal elsewhere', join(GO, 'cmd'), [
    'docker-compose.yml',
    'deploy/temporal-cloud/docker-compose.yml',
    'deploy/encryption/docker-compose.yml',
  ]);
  check('promtool, the alerts', join(GO, 'promtool'), ['check', 'rules', '--lint-fatal', ...rules()]);
  check('promtool, what is scraped', join(GO, 'promtool'), [
    'check',
    'config',
    '--syntax-only',
    'deploy/prometheus/prometheus.yml',
  ]);
  check('promtool, when they fire', join(GO, 'promtool'), ['test', 'rules', 'test/alerts.yml']);
  const definitions = Object.entries(DEFINITIONS).flatMap(([module, files]) => {
    const folder = folderOf(module);
    return files.map((file) => join(folder, file));
  });
  for (const name of ['base', 'example', 'encryption', 'prometheus']) {
    const manifests = join(FOLDER, `${name}.yaml`);
    writeFileSync(manifests, check(`kustomize ${name}`, join(GO, 'kustomize'), ['build', overlayOf(name)]));
    for (const version of KUBERNETES)
      check(`Kubernetes ${version}, ${name}`, join(python, 'kubernetes-validate'), [
        '--strict',
        '--quiet',
        '--kubernetes-version',
        version,
        manifests,
      ]);
    if (WITH_CUSTOM.has(name))
      check(`KEDA and the Prometheus Operator, ${name}`, join(python, 'python'), [
        'scripts/check-custom-resources.py',
        ...definitions,
        '--',
        manifests,
      ]);
  }
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

function build(tools, options = []) {
  say(`building ${relative(ROOT, tools)} with Go; the first time, this takes minutes …`);
  go(['build', '-mod=readonly', ...options, '-o', `${GO}/`, 'tool'], tools);
}

function check(name, command, args, env = {}) {
  const out = run(command, args, { cwd: ROOT, env: { PATH: process.env.PATH, HOME: FOLDER, ...env } });
  say(`✔ ${name}`);
  return out;
}

function run(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error?.code === 'ENOENT')
    throw new Error(`There is no ${command}: install it; CONTRIBUTING.md says what is needed.`);
  if (error !== undefined) throw error;
  if (status !== 0)
    throw new Error(`${[command, ...args].join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** Of a Go module, at the version and the hash in tools/crds. */
function folderOf(module) {
  return JSON.parse(go(['mod', 'download', '-json', module], join(ROOT, 'tools', 'crds'))).Dir;
}

/** The folder itself, or one that puts the component on the example, as an overlay of yours does. */
function overlayOf(name) {
  const folder = join('deploy', 'kubernetes', name);
  if (!readFileSync(join(ROOT, folder, 'kustomization.yaml'), 'utf8').includes('kind: Component'))
    return folder;
  const overlay = join(FOLDER, `with-${name}`);
  mkdirSync(overlay, { recursive: true });
  const upTo = (path) => relative(overlay, join(ROOT, 'deploy', 'kubernetes', path));
  const kustomization = { resources: [upTo('example')], components: [upTo(name)] };
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
  return overlay;
}

function scripts() {
  return readdirSync(join(ROOT, 'deploy'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sh'))
    .map((file) => join('deploy', file));
}

function workflows() {
  const folder = join('.github', 'workflows');
  return readdirSync(join(ROOT, folder)).map((file) => join(folder, file));
}

function rules() {
  const folder = join('deploy', 'prometheus', 'rules');
  return readdirSync(join(ROOT, folder)).map((file) => join(folder, file));
}

function envOf(path) {
  const lines = readFileSync(join(ROOT, path), 'utf8').matchAll(/^(\w+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
}

function say(line) {
  process.stderr.write(`test:deploy: ${line}\n`);
}
