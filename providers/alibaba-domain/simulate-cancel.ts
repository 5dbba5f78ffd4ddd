import { AlibabaRefusal, type AlibabaOutput } from '../vendors/alibaba/simulate-answer.js';
import { mandatory } from '../vendors/alibaba/simulate-gateway.js';
import type { DomainCall } from './simulate.js';
import { UNLISTED_CODE, type DomainSwitches } from './simulate-switches.js';

/** @see https://www.alibabacloud.com/help/en/dws/developer-reference/api-domain-2018-01-29-canceltask */
export function cancelTask(call: DomainCall): AlibabaOutput {
  const { table, world, request } = call;
  const { switches } = world.settings;
  const taskNo = mandatory(request, 'TaskNo');
  const task = table.find(taskNo);
  const now = world.now();
  if (task === undefined) {
    return { output: withoutEffect(call, switches.cancelOfUnknown, `The task ${taskNo} does not exist.`) };
  }
  const { timeline } = task;
  const unsupported = 'The specified action is not supported.';
  if (timeline.onCancel === 'unsupported')
    return { output: withoutEffect(call, switches.cancelOfUnsupported, unsupported) };
  if (timeline.onCancel === 'alreadyFinished') timeline.finishNow(now);
  const state = timeline.stateAt(now);
  if (state === 'waiting' || state === 'running') {
    timeline.cancel(now);
    return { output: success(call), effect: { task: task.id } };
  }
  const answer = state === 'canceling' ? switches.cancelOfCanceling : switches.cancelOfEnded;
  const output = withoutEffect(call, answer, `The task ${taskNo} is not in progress.`);
  task.noteVainCancel(now);
  return { output };
}

function withoutEffect(call: DomainCall, answer: DomainSwitches['cancelOfUnsupported'], message: string) {
  if (answer === 'accept') return success(call);
  if (answer === 'ParameterIllegal') throw new AlibabaRefusal(400, answer, 'Parameter illegal.');
  throw new AlibabaRefusal(400, answer === 'unlisted' ? UNLISTED_CODE : answer, message);
}

/** The envelope has the request's id inside alone, and repeats the URL that was called, its signature included. */
function success({ world, request, requestId }: DomainCall): AlibabaOutput['output'] {
  if (world.settings.switches.successBody === 'requestId') return {};
  return {
    RequestId: undefined,
    code: '200',
    data: { RequestId: requestId, HostId: request.host, Code: '200', Message: 'success' },
    name: 'TaskCancellSuccess',
    message: 'success',
    url: `http://127.0.0.1/?${request.wire.query}`,
  };
}
