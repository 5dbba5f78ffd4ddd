import type { Logger } from '@temporalio/common';
import { ProviderError } from '../providers/provider.js';

/**
 * Makes a ProviderError of whatever a campaign's call throws. What is none is a bug of the adapter, met by what the vendor answered for
 * one task: that must not keep it from the others, and each bug is logged once. Not in its own words: they may quote what came with
 * a secret.
 */
export function adapterErrors(logger: Logger, labels: object): (thrown: unknown) => ProviderError {
  const logged = new Set<string>();
  return (thrown) => {
    if (thrown instanceof ProviderError) return thrown;
    const { name, at } = bugOf(thrown);
    const bug = `${name} ${at[0]}`;
    if (!logged.has(bug))
      logger.error('The adapter failed on an answer: a bug of it', { ...labels, name, at });
    logged.add(bug);
    const message = `The adapter failed on this task (${name}): a bug of Quiesce, which a Worker's log tells more of.`;
    return new ProviderError('unrecognized', 'AdapterBug', message, { cause: thrown });
  };
}

function bugOf(thrown: unknown): { readonly name: string; readonly at: string[] } {
  if (!(thrown instanceof Error)) return { name: typeof thrown, at: [] };
  const told = thrown.stack?.replace(thrown.message, '') ?? '';
  const frames = told.split('\n').filter((line) => line.startsWith('    at '));
  return { name: thrown.name, at: frames.map((line) => line.trim()) };
}
