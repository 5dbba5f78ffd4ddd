import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { ALL_PROVIDERS } from '../providers/all.js';

const ROOT = resolve(import.meta.dirname, '../..');

interface Rule {
  /** Folders of ours it may import. */
  readonly may: readonly string[];
  /** Folders it may import types from, and nothing else. */
  readonly types?: readonly string[];
}

/** The whole dependency graph of the project's folders; what is not listed is forbidden. */
const RULES = {
  contract: { may: [] },
  providers: { may: ['contract'], types: ['simulator'] },
  config: { may: ['contract', 'providers'] },
  setup: { may: ['contract'] },
  encryption: { may: [] },
  telemetry: { may: [], types: ['contract'] },
  activities: { may: ['contract', 'providers'], types: ['config'] },
  workflows: { may: ['contract'], types: ['activities'] },
  worker: {
    may: ['contract', 'config', 'providers', 'activities', 'setup', 'encryption', 'nexus', 'telemetry'],
  },
  client: { may: ['contract', 'providers', 'setup', 'encryption', 'telemetry'] },
  nexus: { may: ['contract', 'client', 'workflows'] },
  api: { may: ['contract', 'config', 'providers', 'client', 'setup', 'encryption', 'telemetry'] },
  simulator: { may: ['providers'] },
  devserver: { may: [] },
  cli: {
    may: [
      'contract',
      'config',
      'providers',
      'client',
      'setup',
      'encryption',
      'devserver',
      'simulator',
      'worker',
      'api',
    ],
  },
  examples: { may: [] },
  publish: { may: ['contract'] },
  bench: {
    may: ['contract', 'providers', 'client', 'setup', 'cli', 'simulator', 'devserver', 'config', 'api'],
  },
} as const satisfies Record<string, Rule>;

/** Only these may be imported by `worker`'s users: the command that runs it. */
const WORKER_IMPORTERS = new Set(['cli/commands/worker.ts']);

/** What a provider's half of the simulator may use of the simulator at run time. */
const SIMULATE_FILE = /^providers\/(vendors\/)?[^/]+\/simulate/;

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

describe('architecture', () => {
  it('every folder imports only what the graph allows', () => {
    const wrong = imports().filter(({ file, target, typeOnly }) => {
      const from = topFolder(file);
      const to = topFolder(target);
      if (!(from in RULES) || from === to) return false;
      const rule: Rule = RULES[from as keyof typeof RULES];
      if (rule.may.includes(to)) return false;
      if (to === 'simulator' && SIMULATE_FILE.test(file)) return false;
      return !(typeOnly && rule.types?.includes(to));
    });
    assert.deepEqual(wrong, []);
  });

  it('every source folder has a rule', () => {
    const folders = new Set(sources().map(topFolder));
    assert.deepEqual([...folders].sort(), Object.keys(RULES).sort());
  });

  it('nobody imports the worker but the command that runs it', () => {
    const importers = imports().filter(
      ({ file, target }) => topFolder(target) === 'worker' && topFolder(file) !== 'worker',
    );
    assert.deepEqual(new Set(importers.map(({ file }) => file)), WORKER_IMPORTERS);
  });

  it("what callers' Workflows import of nexus/ loads nexus-rpc alone", () => {
    const files = loadedWith('nexus/index.ts');
    assert.deepEqual(files, ['nexus/index.ts', 'nexus/quiesce-service.ts']);
    assert.deepEqual(files.flatMap(packageImports), ['nexus-rpc']);
  });

  it('nexus/ takes nothing of the Workflows but their checks of input', () => {
    const taken = imports().filter(
      ({ file, target }) => topFolder(file) === 'nexus' && topFolder(target) === 'workflows',
    );
    assert.deepEqual(
      new Set(taken.map(({ target }) => target)),
      new Set([
        'workflows/checked-campaign-input.ts',
        'workflows/checked-input.ts',
        'workflows/json-shapes.ts',
      ]),
    );
  });

  it('no adapter is imported but by its own definition, and no other provider by a provider', () => {
    const wrong = imports().filter(({ file, target }) => {
      const [, owner, name] = target.split('/');
      if (!target.startsWith('providers/') || name === undefined || owner === 'vendors') return false;
      if (file.startsWith(`providers/${owner}/`)) return false;
      return !(file === 'providers/all.ts' && name === 'index.ts');
    });
    assert.deepEqual(wrong, []);
  });

  it('the simulator shares no types with the adapters and the contract', () => {
    const wrong = imports().filter(
      ({ file, target }) =>
        (topFolder(file) === 'simulator' || SIMULATE_FILE.test(file)) &&
        (topFolder(target) === 'contract' || /\/(adapter|states|errors)\.ts$/.test(target)),
    );
    assert.deepEqual(wrong, []);
  });

  it('workflow code uses neither Node nor a vendor', () => {
    const packages = sources()
      .filter((file) => topFolder(file) === 'workflows' || topFolder(file) === 'contract')
      .flatMap((file) => packageImports(file));
    assert.deepEqual([...new Set(packages)].sort(), [
      '@noble/hashes/sha2.js',
      '@noble/hashes/utils.js',
      '@temporalio/common',
      '@temporalio/workflow',
    ]);
  });

  it('the folders of providers/ are the registry', () => {
    const folders = readdirSync(join(ROOT, 'providers'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'vendors')
      .map(({ name }) => name);
    assert.deepEqual(folders.sort(), ALL_PROVIDERS.map(({ id }) => id).sort());
  });

  it('nobody joins a timeout with other signals: on Node 20 that may be collected, and then nothing ends the wait', () => {
    const scripts = readdirSync(join(ROOT, 'scripts'))
      .filter((name) => name.endsWith('.mjs'))
      .map((name) => `scripts/${name}`);
    const wrong = [...sources(), ...scripts].filter((file) => {
      const code = withoutComments(read(file));
      return code.includes('AbortSignal.any(') && code.includes('AbortSignal.timeout(');
    });
    assert.deepEqual(wrong, []);
  });

  it("a vendor's name stands only in its own folder, in all.ts and in the bench", () => {
    const names = /\b(aws|amazon|fsx|alibaba|aliyun|cpfs|huawei|sfs)/i;
    const wrong = sources()
      .filter((file) => file !== 'providers/all.ts' && !/^(providers\/(vendors|[^/]+)|bench)\//.test(file))
      .filter((file) => names.test(withoutComments(read(file))));
    assert.deepEqual(wrong, []);
  });
});

interface Specifier {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function imports(): Import[] {
  return sources().flatMap((file) =>
    specifiers(file)
      .filter(({ specifier }) => specifier.startsWith('.'))
      .map(({ specifier, typeOnly }) => ({
        file,
        target: relative(ROOT, resolve(ROOT, dirname(file), specifier)).replace(/\.js$/, '.ts'),
        typeOnly,
      })),
  );
}

/** A file and all of ours that are loaded with it. */
function loadedWith(entry: string): string[] {
  const loaded = new Set([entry]);
  // A Set goes on through what is added while it is read.
  for (const each of loaded)
    for (const { file, target, typeOnly } of imports()) if (file === each && !typeOnly) loaded.add(target);
  return [...loaded];
}

function packageImports(file: string): string[] {
  return specifiers(file)
    .filter(({ specifier, typeOnly }) => !specifier.startsWith('.') && !typeOnly)
    .map(({ specifier }) => specifier);
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`. */
function specifiers(file: string): Specifier[] {
  const statements = withoutComments(read(file)).matchAll(
    /\b(?:import|export)\b(\s+type\b)?[^;'"()]*?\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g,
  );
  return [...statements].map(([, type, from, bare]) => ({
    specifier: from ?? bare ?? '',
    typeOnly: type !== undefined,
  }));
}

function sources(): string[] {
  return readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/^(node_modules|dist|test|tools|\.)/.test(file))
    .sort();
}

function topFolder(file: string): string {
  return file.split('/', 1)[0] ?? '';
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}
