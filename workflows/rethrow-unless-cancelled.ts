import { isCancellation } from '@temporalio/workflow';

export function rethrowUnlessCancelled(thrown: unknown): void {
  if (!isCancellation(thrown)) throw thrown;
}
