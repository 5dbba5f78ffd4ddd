import { HuaweiRefusal, type HuaweiOutput } from './simulate-answer.js';
import type { SfsTurboCall } from './simulate-sfs-turbo.js';
import { UNLISTED_CODE, type SfsTurboSwitches } from './simulate-sfs-turbo-switches.js';
import type { SfsTurboTask } from './simulate-sfs-turbo-task.js';

/** Deletes the task a path names, as both kinds of task do it; `absent` is what is answered when there is none. */
export function deleteTask<Task extends SfsTurboTask>(
  call: SfsTurboCall<SfsTurboSwitches, Task>,
  absent: () => HuaweiRefusal,
): HuaweiOutput {
  const { world, tasks, shareId, path } = call;
  const now = world.now();
  const task = tasks.find(path['taskId'] ?? '');
  if (task === undefined || task.shareId !== shareId || task.goneAt(now)) throw absent();
  if (task.timeline.onCancel === 'unsupported') throw refusal('SFS.TURBO.0015');
  if (task.timeline.onCancel === 'alreadyFinished') task.timeline.finishNow(now);
  const changed = remove(task, now, { switches: world.settings.switches, absent });
  return { status: 202, ...(changed && { effect: { task: task.id } }) };
}

/** Whether this call changed anything. */
function remove(
  task: SfsTurboTask,
  now: number,
  { switches, absent }: { readonly switches: SfsTurboSwitches; readonly absent: () => HuaweiRefusal },
): boolean {
  const state = task.timeline.stateAt(now);
  if (state === 'canceling') {
    if (switches.deleteOfDeleting === 'absent') throw absent();
    if (switches.deleteOfDeleting !== 'accept') throw refusal(switches.deleteOfDeleting);
    return false;
  }
  const { deleteOfDoing } = switches;
  const runs = state === 'waiting' || state === 'running';
  if (!runs || deleteOfDoing === 'forget') {
    task.erase(now);
    return true;
  }
  if (deleteOfDoing === 'ignore') return false;
  if (deleteOfDoing !== 'accept') throw refusal(deleteOfDoing);
  task.cancel(now, switches.finishFirstLeaves === 'record');
  return true;
}

/** https://support.huaweicloud.com/intl/en-us/api-sfs/ErrorCode.html */
const REFUSALS = {
  'SFS.TURBO.0001': 'Parameter error',
  'SFS.TURBO.0103': 'The file system is being processed',
  'SFS.TURBO.0011': 'Cluster is doing something',
  'SFS.TURBO.0015': 'You do not have the operation permission.',
  unlisted: 'The simulated delete is refused.',
} as const;

export function refusal(code: keyof typeof REFUSALS): HuaweiRefusal {
  return new HuaweiRefusal(400, code === 'unlisted' ? UNLISTED_CODE : code, REFUSALS[code]);
}
