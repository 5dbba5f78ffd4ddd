import assert from 'node:assert/strict';
import { totalmem } from 'node:os';
import { describe, it } from 'node:test';
import { ConfigError } from '../../config/config-error.js';
import { NO_CEILING, planMemory } from '../../worker/plan-memory.js';

const MIB = 2 ** 20;

describe('the plan for a Worker’s memory', () => {
  for (const [where, told] of [
    ['no cgroup', undefined],
    ['a system that tells none', 0],
    ['an unlimited cgroup v1', 9_223_372_036_854_771_712],
    ['an unlimited cgroup v2', 2 ** 64],
    ['a limit of more than there is', totalmem()],
  ] as const)
    it(`is without a ceiling in ${where}`, () => assert.equal(planMemory(undefined, told), NO_CEILING));

  it('goes by the container’s limit', () => {
    const { ceiling, cachedWorkflows, v8Flags } = planMemory(undefined, 768 * MIB);
    assert.equal(ceiling?.bytes, 768 * MIB);
    assert.equal(cachedWorkflows, 512);
    assert.deepEqual(v8Flags, [...NO_CEILING.v8Flags, '--max-old-space-size=384']);
  });

  it('goes by the config before that', () =>
    assert.equal(planMemory(512 * MIB, 768 * MIB).ceiling?.bytes, 512 * MIB));

  it('holds back before the ceiling, and goes on below where it holds back', () => {
    const { ceiling } = planMemory(512 * MIB);
    assert.ok(ceiling);
    assert.ok(ceiling.goOnBelowBytes < ceiling.holdAtBytes && ceiling.holdAtBytes < ceiling.bytes);
  });

  it('keeps fewer Workflows in less memory', () => {
    assert.equal(planMemory(448 * MIB).cachedWorkflows, 192);
    assert.equal(planMemory(4_096 * MIB).cachedWorkflows, NO_CEILING.cachedWorkflows);
  });

  it('refuses a config that names more than the container has', () => {
    const message =
      "worker.memory is 1024MiB, and the container's limit is 768MiB: lower the one, or raise the other.";
    assert.throws(() => planMemory(1_024 * MIB, 768 * MIB), new ConfigError(message));
  });

  it('refuses a container in which no Worker can live', () => {
    const message = "The container's limit of memory is 320MiB, and a Worker needs 448MiB: give it more.";
    assert.throws(() => planMemory(undefined, 320 * MIB), new ConfigError(message));
  });
});
