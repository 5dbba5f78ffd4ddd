import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Timeline } from '../../simulator/timeline.js';
import type { FsxCall } from './simulate.js';
import { FsxRefusal, readInput, type FsxOutput } from './simulate-answer.js';
import { fileSystemId, fsxSeedDetails, FsxTask, taskType } from './simulate-task.js';

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_CompletionReport.html */
const report = z
  .object({
    Enabled: z.boolean(),
    Path: z.string().min(3).max(4357).optional(),
    Format: z.literal('REPORT_CSV_20191124').optional(),
    Scope: z.literal('FAILED_FILES_ONLY').optional(),
  })
  .refine(
    ({ Enabled, Path, Format, Scope }) =>
      !Enabled || (Path !== undefined && Format !== undefined && Scope !== undefined),
    'Path, Format and Scope are required when Enabled is true',
  );

const createInput = z.object({
  Type: taskType,
  FileSystemId: fileSystemId,
  Report: report,
  Paths: z.array(z.string().max(4096)).max(100).optional(),
  ClientRequestToken: z.string().min(1).max(63).optional(),
  Tags: z
    .array(z.object({ Key: z.string().min(1).max(128), Value: z.string().max(256) }))
    .min(1)
    .max(50)
    .optional(),
  CapacityToRelease: z.int().min(1).optional(),
  ReleaseConfiguration: z.record(z.string(), z.unknown()).optional(),
});

type CreateInput = z.output<typeof createInput>;

/** @see https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateDataRepositoryTask.html */
export function createTask(call: FsxCall): FsxOutput {
  const { world, table, region } = call;
  const input = readInput(createInput, call.input, world.settings.switches);
  const { ClientRequestToken: token } = input;
  const earlier = token === undefined ? undefined : table.createdUnder(token);
  if (earlier !== undefined) {
    checkSameParameters(earlier.input as CreateInput, input);
    return { output: { DataRepositoryTask: earlier.task.describe(world.now(), region) } };
  }
  checkLimit(call, input.FileSystemId);
  const task = table.add(makeTask(call, input));
  if (token !== undefined) table.rememberToken(token, task, input);
  return {
    output: { DataRepositoryTask: task.describe(world.now(), region) },
    effect: { task: task.id, ...(token !== undefined && { token }) },
  };
}

function makeTask({ world }: FsxCall, input: CreateInput): FsxTask {
  const { FileSystemId, Type, Paths = [], Report, Tags, CapacityToRelease, ReleaseConfiguration } = input;
  const timeline = new Timeline({ now: world.now(), delays: world.settings.delays });
  const details = fsxSeedDetails.parse({ fileSystemId: FileSystemId, type: Type, paths: Paths });
  return new FsxTask({ timeline, details }, { Report, Tags, CapacityToRelease, ReleaseConfiguration });
}

/** "If a client sends the same ClientRequestToken with other parameters, this error is returned", naming one of them. */
function checkSameParameters(earlier: CreateInput, now: CreateInput): void {
  const names = Object.keys(createInput.shape) as (keyof CreateInput)[];
  const other = names.find((name) => !isDeepStrictEqual(earlier[name], now[name]));
  if (other === undefined) return;
  const message = 'The same client request token was used with other parameters.';
  throw new FsxRefusal('IncompatibleParameterError', message, { Parameter: other });
}

function checkLimit({ world, table }: FsxCall, on: string): void {
  const { activeTasksPerFileSystem: most, atTaskLimit } = world.settings.switches;
  if (most === null || table.countActive(on, world.now()) < most) return;
  if (atTaskLimit === 'DataRepositoryTaskExecuting') {
    throw new FsxRefusal(
      atTaskLimit,
      'An existing data repository task is currently executing on the file system.',
    );
  }
  // The model's list of limits has none for tasks: this name only fills the required member.
  throw new FsxRefusal(atTaskLimit, 'A service limit was exceeded.', { Limit: 'FILE_SYSTEM_COUNT' });
}
