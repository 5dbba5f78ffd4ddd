import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from 'node:test';
import { read, ROOT } from '../deploy-files.js';

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Bom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly properties: readonly { readonly name: string }[];
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const DEVELOPMENT = 'cdx:npm:package:development';

const LOCK = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> };
const MANIFEST = JSON.parse(read('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
const LOCKED = Object.entries(LOCK.packages).filter(([path]) => path !== '');

function nameOf(path: string): string {
  return path.replace(/^.*node_modules\//, '');
}

function npm(args: readonly string[], cwd: string) {
  return promisify(execFile)('npm', args, { cwd, shell: process.platform === 'win32', timeout: 60_000 });
}

describe('the packages we depend on', () => {
  it('are those of the lock file, to the byte, and of the registry alone', () => {
    assert.ok(LOCKED.length > 300, 'nothing was read');
    for (const [path, { integrity = '', resolved, link }] of LOCKED) {
      assert.match(integrity, /^sha512-[A-Za-z0-9+/]{86}==$/, path);
      assert.equal(link, undefined, path);
      // Left out where npm is set to `omit-lockfile-registry-resolved`: the hash says what it is, wherever it comes from.
      if (resolved !== undefined) assert.match(resolved, /^https:\/\/registry\.npmjs\.org\//, path);
    }
  });

  it('have install scripts only where package.json names them, and may run none', () => {
    const having = LOCKED.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) =>
      nameOf(path),
    );
    assert.ok(having.length > 0, 'nothing was read');
    assert.deepEqual([...new Set(having)].sort(), Object.keys(MANIFEST.allowScripts).sort());
    assert.deepEqual(new Set(Object.values(MANIFEST.allowScripts)), new Set([false]));
    const settings = read('.npmrc').split('\n');
    for (const setting of ['ignore-scripts=true', 'strict-allow-scripts=true'])
      assert.ok(settings.includes(setting), setting);
    for (const name of Object.keys(MANIFEST.scripts))
      assert.ok(!/^(pre|post)|install|prepare/.test(name), name);
  });

  it('run no script when they are installed', { timeout: 180_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-scripts-'));
    const mark = join(folder, 'ran');
    try {
      await mkdir(join(folder, 'evil'));
      const script = `node -e "require('fs').writeFileSync(process.env.MARK, '')"`;
      const evil = { name: 'evil', version: '1.0.0', scripts: { postinstall: script } };
      await writeFile(join(folder, 'evil', 'package.json'), JSON.stringify(evil));
      await npm(['pack', '--pack-destination', folder], join(folder, 'evil'));
      const project = join(folder, 'project');
      const install = async (...options: string[]) => {
        await rm(project, { recursive: true, force: true });
        await mkdir(project);
        await copyFile(join(ROOT, '.npmrc'), join(project, '.npmrc'));
        const dependencies = { evil: 'file:../evil-1.0.0.tgz' };
        await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
        process.env['MARK'] = mark;
        await npm(['install', '--offline', '--no-package-lock', ...options], project);
        assert.ok(existsSync(join(project, 'node_modules', 'evil', 'package.json')));
        return existsSync(mark);
      };
      assert.equal(await install(), false, 'by our settings');
      const all = [
        '--ignore-scripts=false',
        '--strict-allow-scripts=false',
        '--dangerously-allow-all-scripts',
      ];
      assert.equal(await install(...all), true, 'without them: or else this proves nothing');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('are all in the bill of materials, with their hashes', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quiesce-sbom-'));
    try {
      for (const file of ['package.json', 'package-lock.json', '.npmrc'])
        await copyFile(join(ROOT, file), join(folder, file));
      await npm(['run', 'sbom'], folder);
      const bom = JSON.parse(await readFile(join(folder, 'quiesce.cdx.json'), 'utf8')) as Bom;
      assert.deepEqual([bom.bomFormat, bom.specVersion], ['CycloneDX', '1.5']);
      const told = new Map(bom.components.map((each) => [each['bom-ref'], each]));
      for (const [path, { version, integrity = '', dev = false }] of LOCKED) {
        const found = told.get(`${nameOf(path)}@${version}`);
        assert.ok(found !== undefined && found.purl.startsWith('pkg:npm/'), `${path} is missing`);
        const hash = found.hashes?.find(({ alg }) => alg === 'SHA-512')?.content;
        const wanted = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
        assert.equal(hash, wanted, path);
        // What is only used to build and to test says so; nothing that runs in production does.
        if (!dev) assert.ok(!found.properties.some(({ name }) => name === DEVELOPMENT), path);
      }
      assert.equal(
        told.size,
        new Set(LOCKED.map(([path, { version }]) => `${nameOf(path)}@${version}`)).size,
      );
      const refs = new Set(bom.dependencies.map(({ ref }) => ref));
      for (const { ref, dependsOn } of bom.dependencies)
        for (const each of dependsOn) assert.ok(refs.has(each), `${ref} → ${each}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
