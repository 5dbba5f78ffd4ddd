import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition } from '../../providers/provider.js';
import { SIMULATED_CREDENTIALS } from '../../providers/vendors/simulated-credentials.js';

const ROOT = resolve(import.meta.dirname, '../../..');
const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const once = (all: readonly unknown[]) => assert.deepEqual([...new Set(all)], all);
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();
const simulatedConnection = (definition: ProviderDefinition) =>
  definition.simulatedConnection({ endpoint: 'http://127.0.0.1:1', credentials: SIMULATED_CREDENTIALS });

/** Tells the author of the next provider what is missing. */
describe('the registry of providers', () => {
  it('has every id and every name of a simulated connection once', () => {
    once(ALL_PROVIDERS.map(({ id }) => id));
    once(ALL_PROVIDERS.map((definition) => simulatedConnection(definition).name));
    for (const { id } of ALL_PROVIDERS) assert.match(id, /^[a-z]+(-[a-z]+)*$/);
  });

  for (const definition of ALL_PROVIDERS) describe(definition.id, () => describeDefinition(definition));
});

function describeDefinition(definition: ProviderDefinition): void {
  it('names its ids and hints, each once, in camel case, with a sentence and an example that fits', () => {
    const { fields, hints = [], title } = definition;
    assert.ok(fields.length > 0 && title !== '');
    once([...fields, ...hints].map(({ name }) => name));
    for (const { name, description, pattern, maxLength, example } of [...fields, ...hints]) {
      assert.match(name, /^[a-z]+([A-Z][a-z]*)*$/);
      assert.ok(description.includes(' '), `${name} is not described`);
      assert.match(example, pattern);
      assert.ok(example.length <= maxLength, `${name}: its example is too long`);
      assert.match(pattern.source, /^\^.*\$$/, `${name}: its pattern does not cover the whole id`);
      assert.match(pattern.flags, /^u?$/, `${name}: its pattern's flags would let more pass`);
    }
  });

  it('looks ever more rarely, in stages of which the last alone has no end', () => {
    const stages: readonly { readonly untilMs?: number; readonly everyMs: number }[] = definition.pacing;
    const ends = stages.map(({ untilMs = Infinity }) => untilMs);
    const intervals = stages.map(({ everyMs }) => everyMs);
    once(ends);
    assert.equal(ends.at(-1), Infinity);
    assert.deepEqual(ends, ends.toSorted(byNumber));
    assert.deepEqual(intervals, intervals.toSorted(byNumber));
    assert.ok(intervals[0]! >= 1_000, 'no vendor’s states are worth a look more than once a second');
  });

  it('names the calls that ask and look, among its operations and as its simulation does', async () => {
    const { ask, look } = definition.calls;
    const { cancel, observe } = (await definition.simulate()).operations;
    for (const operation of [ask, look])
      assert.ok(Object.hasOwn(definition.operations, operation), operation);
    assert.equal(ask, cancel);
    assert.ok(observe.includes(look), look);
  });

  it('describes each of its settings, and refuses one it does not know', () => {
    const { properties = {} } = z.toJSONSchema(definition.settings, { io: 'input' });
    for (const [name, schema] of Object.entries(properties))
      assert.ok(typeof schema === 'object' && schema.description, `${name} is not described`);
    const { settings } = simulatedConnection(definition);
    assert.throws(() => definition.settings.parse({ ...settings, moon: 'full' }), /moon/);
  });

  it('says how to reach the simulator, by settings it accepts that hold no secret', () => {
    const { name, settings, env } = simulatedConnection(definition);
    assert.match(name, /^sim-[a-z-]+$/);
    definition.settings.parse(settings);
    const text = JSON.stringify(settings);
    const named = [...text.matchAll(/"env":"([^"]+)"/g)].map(([, variable = '']) => variable);
    assert.deepEqual(sorted(named), sorted(Object.keys(env)));
    for (const secret of Object.values(env)) assert.ok(!text.includes(secret));
  });

  it('says what its tasks are selected by: words, each once, and what they belong to with an example that fits', () => {
    const { selectors, operations } = definition;
    if (selectors === undefined) return;
    const { operation, fileSystem, states, types = [], ageSlackMs } = selectors;
    assert.ok(Object.hasOwn(operations, operation), `${operation} is none of its operations`);
    once(states);
    once(types);
    assert.ok(states.length > 1 && types.length !== 1, 'one word alone selects nothing');
    assert.ok(ageSlackMs >= 0 && Number.isFinite(ageSlackMs));
    const page = read('providers', definition.id, 'README.md');
    assert.match(page, /^## Selecting$/m, 'its section "Selecting"');
    for (const word of [operation, ...states, ...types])
      assert.ok(page.includes(`\`${word}\``) || page.includes(`[${word}]`), `its page does not name ${word}`);
    if (fileSystem === undefined) return;
    const { name, pattern, maxLength, example, required } = fileSystem;
    assert.match(example, pattern);
    assert.ok(example.length <= maxLength);
    const isOfTask = definition.fields.some((field) => field.name === name);
    assert.ok(!required || isOfTask, `${name} is required, and a listed task must name it`);
  });

  it('has a page with what every provider’s page has', () => {
    const page = read('providers', definition.id, 'README.md');
    assert.ok(page.startsWith(`# \`${definition.id}\`: `), 'its title');
    for (const row of ['identity of a task', 'ask', 'look', 'proof', 'pacing'])
      assert.match(page, new RegExp(`^\\| ${row} \\| .+ \\|$`, 'm'), `its row "${row}"`);
    for (const section of ['Settings', 'Permissions', 'Quirks', 'What .+ leaves? open'])
      assert.match(page, new RegExp(`^## ${section}$`, 'm'), `its section "${section}"`);
    for (const name of Object.keys(definition.settings.shape))
      assert.ok(page.includes(`\`${name}\``), `its setting ${name}`);
    assert.match(page, /\]\(https:\/\//, 'a link to its vendor');
  });

  it('is among those the configuration’s page links', () => {
    assert.match(
      read('docs/configuration.md'),
      new RegExp(`\\(\\.\\./providers/${definition.id}/README\\.md\\)`),
    );
  });

  it('has each switch of its simulation in the simulator’s page, with its default first', async () => {
    const { switches } = await definition.simulate();
    const told = switchesTold(definition.id);
    const defaults = Object.entries(switches.parse({})).map(([name, value]) => [name, JSON.stringify(value)]);
    assert.deepEqual(Object.fromEntries(told), Object.fromEntries(defaults));
  });

  it('has each detail of a seed in the simulator’s page', async () => {
    const { seedDetails } = await definition.simulate();
    const row =
      read('docs/simulator.md')
        .split('\n')
        .find((line) => line.startsWith('| `details` |')) ?? '';
    const own = row.slice(row.indexOf(`\`${definition.id}\`:`)).split('. ', 1)[0]!;
    for (const name of Object.keys(seedDetails.shape)) assert.ok(own.includes(`\`${name}\``), name);
  });
}

/** Switches and their defaults as the page's sections "Switches of …" tell them; words in JSON's form, with quotes. */
function switchesTold(id: string): [name: string, value: string][] {
  const sections = read('docs/simulator.md').split(/^#+ /m);
  const own = sections.filter((section) => {
    const [heading = ''] = section.split('\n', 1);
    return heading.startsWith('Switches of') && heading.includes(`\`${id}\``);
  });
  const rows = own.flatMap((section) => [...section.matchAll(/^\| (`[^|]+`) \| ([^|]+) \|$/gm)]);
  return rows.flatMap(([, names = '', values = '']) => {
    // The first that is written as code, or else the first word.
    const [, value = ''] = /`([^`]+)`/.exec(values) ?? /^([^, ]+)/.exec(values) ?? [];
    const told = isJson(value) ? value : JSON.stringify(value);
    return names.split(', ').map((name): [string, string] => [name.replaceAll('`', ''), told]);
  });
}

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== undefined;
  } catch {
    return false;
  }
}

const byNumber = (one: number, other: number) => one - other;
