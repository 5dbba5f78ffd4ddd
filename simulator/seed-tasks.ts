import { ControlError } from './control-error.js';
import type { SeedRequest } from './control-requests.js';
import { mergeDelays } from './settings.js';
import type { Simulator } from './simulator.js';
import type { SimulatedTask } from './simulated-provider.js';
import { Timeline } from './timeline.js';

/** Makes tasks, all of them or none, and says by which ids the vendor knows them. */
export function seedTasks(simulator: Simulator, request: SeedRequest): Pick<SimulatedTask, 'id' | 'ids'>[] {
  const { definition, settings, simulation } = simulator.provider(request.provider);
  const details = definition.seedDetails.strict().safeParse(request.details ?? {});
  if (!details.success) throw ControlError.from(details.error, 'details');
  const names = request.ids ?? Array.from({ length: request.count ?? 1 }, () => undefined);
  checkIds(request.ids ?? [], definition.idPattern, (id) => simulation.find(id) !== undefined);

  const now = simulator.clock.now();
  const delays = mergeDelays(settings.delays, request.delays);
  return names.map((id) => {
    const timeline = new Timeline({
      now,
      delays,
      state: request.state ?? 'running',
      ...(request.endsAs !== undefined && { endsAs: request.endsAs }),
      ...(request.onCancel !== undefined && { onCancel: request.onCancel }),
    });
    const named = {
      ...(id !== undefined && { id }),
      ...(request.word !== undefined && { word: request.word }),
    };
    const task = simulation.seed({ ...named, timeline, details: details.data });
    return { id: task.id, ids: task.ids };
  });
}

function checkIds(ids: readonly string[], pattern: RegExp, exists: (id: string) => boolean): void {
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (!pattern.test(id)) throw new ControlError(`ids.${index}: "${id}" must match ${pattern.source}`);
    if (seen.has(id) || exists(id)) throw new ControlError(`ids.${index}: "${id}" exists already`);
    seen.add(id);
  }
}
