import type { z } from 'zod';
import { ControlError } from './control-error.js';
import {
  callsQuery,
  clockRequest,
  faultRequest,
  faultsQuery,
  seedRequest,
  settingsRequest,
  tasksQuery,
} from './control-requests.js';
import { seedTasks } from './seed-tasks.js';
import { changeSettings } from './settings.js';
import type { Simulator } from './simulator.js';
import type { SimulatedTask, WireRequest } from './simulated-provider.js';

/** Everything that is not a vendor's lies under this path. */
export const CONTROL_PREFIX = '/_simulator/';

type Handler = (simulator: Simulator, request: WireRequest) => unknown;

/** One line an endpoint; docs/simulator.md tells them in the same order. */
const HANDLERS = {
  'POST tasks': (simulator, { body }) => ({ tasks: seedTasks(simulator, parse(seedRequest, body)) }),
  'GET tasks': (simulator, { query }) => listTasks(simulator, parseQuery(tasksQuery, query)),
  'POST faults': (simulator, { body }) => {
    const fault = parse(faultRequest, body);
    if (fault.match?.provider !== undefined) simulator.provider(fault.match.provider);
    return { id: simulator.faults.add(fault).id };
  },
  'GET faults': (simulator) => ({ faults: simulator.faults.list() }),
  'DELETE faults': (simulator, { query }) => {
    simulator.faults.clear(parseQuery(faultsQuery, query).id);
    return {};
  },
  'GET calls': (simulator, { query }) => listCalls(simulator, parseQuery(callsQuery, query)),
  'GET summary': ({ journal }) => journal.summary(),
  'GET settings': (simulator) =>
    Object.fromEntries(
      [...simulator.providers].map(({ definition, settings }) => [definition.provider, settings]),
    ),
  'PUT settings': (simulator, { body }) => {
    const request = parse(settingsRequest, body);
    const { settings, definition } = simulator.provider(request.provider);
    changeSettings(settings, definition, request);
    return settings;
  },
  'POST clock': ({ clock }, { body }) => {
    const { advanceMs, skewMs } = parse(clockRequest, body);
    clock.advance(advanceMs);
    clock.skew(skewMs);
    return { now: new Date(clock.now()).toISOString(), offsetMs: clock.offsetMs, skewMs: clock.skewMs };
  },
  'POST reset': (simulator) => {
    simulator.reset();
    return {};
  },
} as const satisfies Record<string, Handler>;

/** Answers one control request; throws {@link ControlError} for one that makes no sense. */
export function control(simulator: Simulator, request: WireRequest): unknown {
  const name = `${request.method} ${request.path.slice(CONTROL_PREFIX.length)}`;
  if (!Object.hasOwn(HANDLERS, name)) {
    throw new ControlError(
      `"${name}" is not a control request; known are ${Object.keys(HANDLERS).join(', ')}`,
      404,
    );
  }
  return HANDLERS[name as keyof typeof HANDLERS](simulator, request);
}

/** One task as it truly is, whatever the vendor shows. */
function trueTask(provider: string, task: SimulatedTask, at: number) {
  const { timeline } = task;
  const endedAt = timeline.endedAt(at);
  return {
    provider,
    id: task.id,
    ids: task.ids,
    state: timeline.stateAt(at),
    word: task.wordAt(at),
    createdAt: new Date(timeline.createdAt).toISOString(),
    ...(timeline.cancelRequestedAt !== undefined && {
      cancelRequestedAt: new Date(timeline.cancelRequestedAt).toISOString(),
    }),
    ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
  };
}

function listTasks(simulator: Simulator, { provider, id, offset, limit }: z.output<typeof tasksQuery>) {
  const at = simulator.clock.now();
  const tasks = [];
  let total = 0;
  for (const { definition, simulation } of simulator.providers) {
    if (provider !== undefined && provider !== definition.provider) continue;
    for (const task of id === undefined ? simulation.tasks() : [simulation.find(id)]) {
      if (task === undefined) continue;
      total += 1;
      if (total > offset && tasks.length < limit) tasks.push(trueTask(definition.provider, task, at));
    }
  }
  return { tasks, total };
}

function listCalls({ journal }: Simulator, query: z.output<typeof callsQuery>) {
  const calls = [];
  let next = query.after;
  for (const call of journal.after(query.after)) {
    if (calls.length >= query.limit) break;
    next = call.number;
    if (query.provider !== undefined && query.provider !== call.provider) continue;
    if (query.operation !== undefined && query.operation !== call.operation) continue;
    if (query.taskId !== undefined && !call.taskIds.includes(query.taskId)) continue;
    calls.push(call);
  }
  return { calls, next, forgotten: journal.forgotten };
}

function parse<Schema extends z.ZodType>(schema: Schema, body: Buffer): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new ControlError('the body must be JSON');
  }
  return validate(schema, value);
}

function parseQuery<Schema extends z.ZodType>(schema: Schema, query: string): z.output<Schema> {
  return validate(schema, Object.fromEntries(new URLSearchParams(query)));
}

function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw ControlError.from(result.error);
  return result.data;
}
