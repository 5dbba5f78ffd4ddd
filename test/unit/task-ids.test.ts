import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidTaskError } from '../../client/index.js';
import { toTaskRef } from '../../client/to-task-ref.js';
import { cancelWorkflowId, parseTaskUri, taskUri, type TaskRef } from '../../contract/task.js';
import { ALL_PROVIDERS } from '../../providers/all.js';
import type { ProviderDefinition, TaskField } from '../../providers/provider.js';

/** What a person types is the identity of a task, or an error: never the identity of another one. */
describe('the ids of a task', () => {
  for (const definition of ALL_PROVIDERS) {
    describe(definition.id, () => {
      it('that are accepted go through a URI and back, hints and all', () => {
        fc.assert(
          fc.property(taskOf(definition), (task) => {
            const ref = toTaskRef(task);
            assert.deepEqual(ref, task);
            assert.deepEqual(toTaskRef(uriWithHints(task)), task);
            assert.deepEqual(parseTaskUri(taskUri(ref))?.segments, Object.values(task.ids));
          }),
        );
      });

      it('that are accepted make one Workflow id, whatever order and hints they came with', () => {
        fc.assert(
          fc.property(taskOf(definition), taskOf(definition), (one, other) => {
            const { hints: _, ...bare } = one;
            const turned = { ...bare, ids: Object.fromEntries(Object.entries(one.ids).toReversed()) };
            const id = cancelWorkflowId(toTaskRef(one));
            assert.equal(cancelWorkflowId(toTaskRef(bare)), id);
            assert.equal(cancelWorkflowId(toTaskRef(turned)), id);
            const same = taskUri(one) === taskUri(other);
            assert.equal(cancelWorkflowId(toTaskRef(other)) === id, same);
          }),
        );
      });

      it('that are not accepted are an InvalidTaskError that names the id', () => {
        fc.assert(
          fc.property(taskOf(definition), wrongField(definition), (task, { field, value, isHint }) => {
            const wrong = isHint
              ? { ...task, hints: { ...task.hints, [field.name]: value } }
              : { ...task, ids: { ...task.ids, [field.name]: value } };
            const named = (thrown: unknown) => {
              assert.ok(thrown instanceof InvalidTaskError, String(thrown));
              assert.ok(thrown.message.length < 600, `${thrown.message.length} characters`);
              return thrown.message.includes(field.name) || value === '';
            };
            assert.throws(() => toTaskRef(wrong), named);
            assert.throws(() => toTaskRef(uriWithHints(wrong)), InvalidTaskError);
          }),
        );
      });
    });
  }
});

const connection = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);

function taskOf({ id: provider, fields, hints = [] }: ProviderDefinition): fc.Arbitrary<TaskRef> {
  const some = fc.record(Object.fromEntries(hints.map((hint) => [hint.name, textOf(hint)])), {
    requiredKeys: [],
  });
  return fc.record({ connection, ids: idsOf(fields), hints: some }).map(({ hints: hinted, ...task }) => ({
    provider,
    ...task,
    ...(Object.keys(hinted).length > 0 && { hints: inOrder(hints, hinted) }),
  }));
}

function idsOf(fields: readonly TaskField[]): fc.Arbitrary<Record<string, string>> {
  return fc
    .record(Object.fromEntries(fields.map((field) => [field.name, textOf(field)])))
    .map((ids) => inOrder(fields, ids));
}

/** Any text that the field accepts. */
function textOf({ pattern, maxLength }: TaskField): fc.Arbitrary<string> {
  return fc.stringMatching(pattern).filter((text) => text.length <= maxLength);
}

/** Any text that the field does not accept; often one that it nearly accepts. */
function wrongField({ fields, hints = [] }: ProviderDefinition) {
  const all = [
    ...fields.map((field) => ({ field, isHint: false })),
    ...hints.map((field) => ({ field, isHint: true })),
  ];
  return fc.constantFrom(...all).chain(({ field, isHint }) => {
    const near = fc
      .tuple(fc.constant(field.example), fc.string({ minLength: 1, maxLength: 3 }), fc.nat({ max: 40 }))
      .map(([text, stray, position]) => text.slice(0, position) + stray + text.slice(position));
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      near,
      fc.constant(field.example.repeat(100)),
    );
    const wrong = texts.filter((text) => text.length > field.maxLength || !field.pattern.test(text));
    return wrong.map((value) => ({ field, isHint, value }));
  });
}

function inOrder(
  fields: readonly TaskField[],
  texts: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    fields.flatMap(({ name }) => {
      const text = texts[name];
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

function uriWithHints(task: TaskRef): string {
  const query = new URLSearchParams(task.hints ?? {}).toString();
  return query === '' ? taskUri(task) : `${taskUri(task)}?${query}`;
}
