import { InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { NewCampaign } from '../../client/index.js';
import { callbackFrom } from '../callback-from.js';
import type { CliContext } from '../context.js';
import {
  callbackUrlOption,
  globalOptions,
  outputOption,
  whoIsAsking,
  type OutputFormat,
} from '../options.js';
import { addDrift, addGuards, toCampaignOptions, type TypedGuards } from './guard-options.js';
import { readProtected } from './read-protected.js';
import { addReason, checkedReason, type TypedReason } from './reason-option.js';
import { addSource, type TypedSource } from './source-options.js';
import { openSource, type OpenSource } from './target-source.js';

const CAMPAIGN_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;

/** What was typed of a campaign that is to be. */
export interface TypedCampaign extends TypedSource, TypedGuards, TypedReason {
  readonly id?: string;
  readonly callbackUrl?: string;
  readonly output: OutputFormat;
}

/** The options that `plan` and `start` have in common; to be read as {@link TypedCampaign}. */
export function addCampaign(command: CommandUnknownOpts): void {
  addSource(command);
  addGuards(command);
  addDrift(command);
  addReason(command);
  command
    .addOption(
      new Option('--id <id>', 'its id: the same twice is one campaign (default: one is made up)').argParser(
        parseId,
      ),
    )
    .addOption(callbackUrlOption())
    .addOption(outputOption());
}

function parseId(id: string): string {
  if (CAMPAIGN_ID.test(id)) return id;
  throw new InvalidArgumentError('It must be letters, digits, dots, dashes and underscores, at most 80.');
}

/** A campaign as the client takes it. */
export interface PreparedCampaign extends OpenSource {
  readonly campaign: NewCampaign;
}

/** Checks everything that was typed, before Temporal is asked for anything. */
export async function prepareCampaign(
  context: CliContext,
  command: CommandUnknownOpts,
  typed: TypedCampaign,
): Promise<PreparedCampaign> {
  const reason = checkedReason(typed);
  const protect = await readProtected(typed.protect ?? [], context.cwd);
  const { id, requestedBy = whoIsAsking(context.env) } = typed;
  const campaign = {
    ...toCampaignOptions(typed, protect),
    reason,
    requestedBy,
    ...(id !== undefined && { id }),
    ...(await callbackFrom(context, command, typed)),
  };
  const opened = await openSource(context, typed, globalOptions(command).config);
  return { ...opened, campaign };
}
