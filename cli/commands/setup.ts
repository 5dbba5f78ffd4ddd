import { Command } from '@commander-js/extra-typings';
import type { CliContext } from '../context.js';
import { outputOption } from '../options.js';
import { printAnswer } from '../print.js';
import { withQuiesce } from '../with-quiesce.js';

export function setupCommand(context: CliContext) {
  return new Command('setup')
    .summary("register Quiesce's Search Attributes with Temporal")
    .description(
      "Registers Quiesce's Search Attributes with the Temporal namespace, once for each. Doing it again changes nothing.",
    )
    .addOption(outputOption())
    .action(async ({ output }) => {
      const { registerSearchAttributes } = await import('../../setup/search-attributes.js');
      await withQuiesce(async ({ client }) => {
        const { namespace } = client.options;
        const { created, present } = await registerSearchAttributes(client.connection, namespace);
        printAnswer(context.terminal, output, { namespace, created, present }, () => {
          const news = created.length === 0 ? 'Nothing to do' : `Registered ${created.join(', ')}`;
          return `${news}; namespace ${namespace} has all ${created.length + present.length} Search Attributes.`;
        });
      });
    });
}
