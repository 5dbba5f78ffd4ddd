import { asChild } from '../processes/as-child.js';
import { allTargets, connectVendor, type VendorInput } from '../vendor.js';
import { PLAIN_SCRIPTS } from './plain-scripts.js';

export interface PlainScriptInput extends VendorInput {
  readonly script: keyof typeof PLAIN_SCRIPTS;
  readonly everyMs: number;
}

await asChild(async (input: PlainScriptInput) => {
  const provider = await connectVendor(input);
  return async (targets) => PLAIN_SCRIPTS[input.script](provider, await allTargets(targets), input.everyMs);
});
