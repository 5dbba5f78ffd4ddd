import { Command } from '@commander-js/extra-typings';
import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../contract/names.js';
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
    .option('--nexus-endpoint <name>', 'also create this Nexus Endpoint, for callers in other namespaces')
    .addOption(outputOption())
    .action(async ({ output, nexusEndpoint }) => {
      const { registerSearchAttributes } = await import('../../setup/search-attributes.js');
      await withQuiesce(async ({ client }) => {
        const { namespace } = client.options;
        const { created, present } = await registerSearchAttributes(client.connection, namespace);
        const endpoint =
          nexusEndpoint === undefined ? undefined : await createEndpoint(client, nexusEndpoint);
        const answer = { namespace, created, present, ...(endpoint && { nexusEndpoint: endpoint }) };
        printAnswer(context.terminal, output, answer, () => {
          const news = created.length === 0 ? 'Nothing to do' : `Registered ${created.join(', ')}`;
          const lines = [
            `${news}; namespace ${namespace} has all ${created.length + present.length} Search Attributes.`,
          ];
          if (endpoint !== undefined)
            lines.push(
              `${endpoint.created ? 'Created' : 'There is'} the Nexus Endpoint ${endpoint.name}, which leads to Task Queue ${TASK_QUEUE} of namespace ${namespace}.`,
            );
          return lines.join('\n');
        });
      });
    });
}

async function createEndpoint({ connection, options: { namespace } }: Client, name: string) {
  const { registerNexusEndpoint } = await import('../../setup/nexus-endpoint.js');
  return { name, created: await registerNexusEndpoint(connection, { name, namespace }) };
}
