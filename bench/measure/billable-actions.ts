import type proto from '@temporalio/proto';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/**
 * The actions that Temporal Cloud would bill for one history. Heartbeats and Queries leave no event: they are counted at
 * the server.
 * @see https://docs.temporal.io/cloud/actions
 */
export function billableActions(events: readonly HistoryEvent[]): number {
  const tasksWithMarkers = new Set(events.flatMap(markedTask));
  return events.reduce((total, event) => total + costOf(event), tasksWithMarkers.size);
}

function costOf(event: HistoryEvent): number {
  const started = event.workflowExecutionStartedEventAttributes;
  // A child's start is paid for with its parent's event; what it continues as is not.
  if (started) return started.parentWorkflowExecution && !started.continuedExecutionRunId ? 0 : 1;
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  // The event of a repeated Activity says how often it was started.
  if (event.activityTaskStartedEventAttributes) return event.activityTaskStartedEventAttributes.attempt ?? 1;
  const costsOne =
    event.timerStartedEventAttributes ??
    event.workflowExecutionSignaledEventAttributes ??
    event.workflowExecutionUpdateAcceptedEventAttributes ??
    event.upsertWorkflowSearchAttributesEventAttributes;
  return costsOne ? 1 : 0;
}

/** All markers of one Workflow Task, such as those of its Local Activities, are one action; those of `patched` are none. */
function markedTask({ markerRecordedEventAttributes: marker }: HistoryEvent): string[] {
  if (!marker || marker.markerName === 'core_patch') return [];
  return [String(marker.workflowTaskCompletedEventId)];
}
