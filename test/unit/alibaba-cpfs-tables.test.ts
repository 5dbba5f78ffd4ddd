import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProviderErrorKind } from '../../contract/failures.js';
import {
  ABSENT_CODE,
  CANCEL_ANSWERS,
  cancelAnswerOf,
  ERROR_KINDS,
  NO_FILE_SYSTEM_CODE,
  passOverDelay,
  passOverRefusal,
  subtaskAnswerOf,
} from '../../providers/alibaba-cpfs/errors.js';
import {
  CANCEL_ANSWERS as DOMAIN_CANCEL_ANSWERS,
  ERROR_KINDS as DOMAIN_ERROR_KINDS,
} from '../../providers/alibaba-domain/errors.js';
import { LIVE_TASK_WORDS, RUNNING_SUBTASK_WORDS } from '../../providers/alibaba-cpfs/states.js';
import { toObservation } from '../../providers/alibaba-cpfs/to-observation.js';
import { ProviderError } from '../../providers/provider.js';
import { alibabaErrorKind } from '../../providers/vendors/alibaba/errors.js';

/** An error as the client makes it of an answer. */
function answered(code: string, status: number): ProviderError {
  return new ProviderError(alibabaErrorKind(code, status, ERROR_KINDS), code, 'said the vendor');
}

const row = (Status: string) => ({ TaskId: 'task-1', DataFlowId: 'df-1', Status });

describe("Domain's codes", () => {
  it('are these, and one of them is a refusal', () => {
    assert.deepEqual(DOMAIN_ERROR_KINDS, {
      ParameterIllegal: 'invalid',
      UnsupportedOperation: 'invalid',
      NetworkIOError: 'unavailable',
    });
    assert.deepEqual(DOMAIN_CANCEL_ANSWERS, { UnsupportedOperation: 'refused' });
  });
});

describe("CPFS's answers to a cancel", () => {
  it('are of these codes, each with its kind', () => {
    assert.deepEqual(ERROR_KINDS, {
      'InvalidTaskId.NotFound': 'invalid',
      'InvalidFileSystem.NotFound': 'invalid',
      'InvalidDataFlow.NotFound': 'invalid',
      'OperationDenied.ConflictOperation': 'unavailable',
    });
    assert.deepEqual(
      [ABSENT_CODE, NO_FILE_SYSTEM_CODE],
      ['InvalidTaskId.NotFound', 'InvalidFileSystem.NotFound'],
    );
  });

  const cases: [code: string, status: number, answer: string | undefined, kind?: string][] = [
    ['InvalidStatus.ResourceMismatch', 400, 'blocked'],
    ['InvalidStatus.ResourceMismatch', 403, 'blocked'],
    ['OperationDenied.DependencyViolation', 403, 'blocked'],
    ['OperationDenied.DataFlowNotSupported', 403, 'refused'],
    ['InvalidStatus.SomethingNew', 400, 'refused'],
    ['OperationDenied.SomethingNew', 403, 'refused'],
    ['InvalidFileSystem.NotFound', 404, 'refused'],
    ['InvalidDataFlow.NotFound', 404, 'refused'],
    ['InvalidTaskId.NotFound', 404, 'absent'],
    ['OperationDenied.ConflictOperation', 403, undefined, 'unavailable'],
    ['OperationDenied.SomethingNew', 503, undefined, 'unavailable'],
    ['InternalError', 500, undefined, 'unavailable'],
    ['Throttling.User', 400, undefined, 'throttled'],
    ['Throttling', 429, undefined, 'throttled'],
    ['IllegalCharacters', 400, undefined, 'invalid'],
    ['MissingTaskId', 400, undefined, 'invalid'],
    ['IdempotentParameterMismatch', 400, undefined, 'invalid'],
    ['SignatureDoesNotMatch', 400, undefined, 'unauthenticated'],
    ['Forbidden.RAM', 403, undefined, 'denied'],
    ['InvalidStatus', 400, undefined, 'unrecognized'],
    ['NotInvalidStatus.Really', 400, undefined, 'unrecognized'],
    ['MoonPhase.Wrong', 400, undefined, 'unrecognized'],
  ];
  for (const [code, status, answer, kind] of cases) {
    it(`${code} with ${status} is ${answer ?? `no answer but ${kind}`}`, () => {
      const error = answered(code, status);
      assert.equal(cancelAnswerOf(error), answer);
      if (kind !== undefined) assert.equal(error.kind, kind);
    });
  }

  it('of no code but its own a task is absent, and of none it was accepted or has ended', () => {
    const codes = fc.oneof(
      fc.string(),
      fc.constantFrom(...Object.keys(CANCEL_ANSWERS), ...Object.keys(ERROR_KINDS)),
    );
    fc.assert(
      fc.property(codes, fc.integer({ min: 200, max: 599 }), (code, status) => {
        const answer = cancelAnswerOf(answered(code, status));
        assert.equal(answer === 'absent', code === ABSENT_CODE);
        assert.ok(answer === undefined || ['refused', 'blocked', 'absent'].includes(answer));
      }),
      { numRuns: 1_000 },
    );
  });

  it('a 5xx of a code that no table lists is never an answer: what it did is open', () => {
    const codes = fc.string().map((rest) => `OperationDenied.${rest}`);
    fc.assert(
      fc.property(codes, fc.integer({ min: 500, max: 599 }), (code, status) => {
        const isListed = Object.hasOwn(CANCEL_ANSWERS, code);
        assert.equal(cancelAnswerOf(answered(code, status)) === undefined, !isListed);
      }),
    );
  });

  it('a question that was refused is passed over, and what is about more than the question is not', () => {
    const error = (kind: ProviderErrorKind) => new ProviderError(kind, 'X', 'x');
    for (const kind of ['invalid', 'unrecognized'] as const) passOverRefusal(error(kind));
    for (const other of [error('throttled'), error('unavailable'), error('unauthenticated'), error('denied')])
      assert.throws(() => passOverRefusal(other), other);
    const bug = new TypeError('a bug');
    assert.throws(() => passOverRefusal(bug), bug);
  });

  it('a question that had no answer for now is passed over, and no answer is', () => {
    const error = (kind: ProviderErrorKind) => new ProviderError(kind, 'X', 'x');
    for (const kind of ['throttled', 'unavailable'] as const) passOverDelay(error(kind));
    for (const other of [error('invalid'), error('unrecognized'), error('unauthenticated'), error('denied')])
      assert.throws(() => passOverDelay(other), other);
    const bug = new TypeError('a bug');
    assert.throws(() => passOverDelay(bug), bug);
  });

  it('a subtask is told refused or nothing, whatever it is called when it is not there', () => {
    assert.equal(subtaskAnswerOf(answered('InvalidSomeSubTask.NotFound', 404)), 'refused');
    assert.equal(subtaskAnswerOf(answered('InvalidStatus.ResourceMismatch', 400)), 'refused');
    assert.equal(subtaskAnswerOf(answered('InvalidTaskId.NotFound', 404)), 'refused');
    assert.equal(subtaskAnswerOf(answered('InvalidAccessKeyId.NotFound', 404)), undefined);
    assert.equal(subtaskAnswerOf(answered('InvalidApi.NotFound', 404)), undefined);
    assert.equal(subtaskAnswerOf(answered('OperationDenied.ConflictOperation', 403)), undefined);
    assert.equal(subtaskAnswerOf(answered('MoonPhase.Wrong', 400)), undefined);
    assert.equal(subtaskAnswerOf(answered('MoonPhase.NotFoundYet', 400)), undefined);
    assert.equal(subtaskAnswerOf(answered('MoonPhaseNotFound', 400)), undefined);
    assert.equal(subtaskAnswerOf(answered('InvalidSomeSubTask.NotFound', 503)), undefined);
  });
});

describe("CPFS's words", () => {
  it('are those of the documents', () => {
    assert.deepEqual(LIVE_TASK_WORDS, ['Pending', 'Executing', 'Canceling']);
    assert.deepEqual(RUNNING_SUBTASK_WORDS, ['CREATED', 'RUNNING', 'CANCELING']);
    const ends = ['Canceled', 'Completed', 'Failed'].map((word) => toObservation(row(word)));
    assert.deepEqual(
      ends.map((seen) => seen.state === 'ended' && seen.end),
      ['canceled', 'completed', 'failed'],
    );
  });

  it('prove an end only where they are known, and exactly', () => {
    const near = fc.constantFrom(
      'canceled',
      'CANCELED',
      'Cancelled',
      'Complete',
      'Failed ',
      'toString',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (word) => {
        const isKnown = ['Pending', 'Executing', 'Canceling', 'Canceled', 'Completed', 'Failed'].includes(
          word,
        );
        assert.equal(toObservation(row(word)).state === 'unknown', !isKnown);
      }),
    );
  });

  it('carry the message and the counts, and no time: the vendor names no zone', () => {
    const seen = toObservation(
      { ...row('Failed'), ErrorMsg: 'No space.', ProgressStats: { FilesTotal: 3, FilesDone: 2 } },
      'r-1',
    );
    const { observedAt: _, ...rest } = seen;
    assert.deepEqual(rest, {
      state: 'ended',
      end: 'failed',
      rawState: 'Failed',
      requestId: 'r-1',
      message: 'No space.',
      progress: { total: 3, succeeded: 2 },
    });
    assert.equal('message' in toObservation({ ...row('Executing'), ErrorMsg: '' }), false);
  });
});
