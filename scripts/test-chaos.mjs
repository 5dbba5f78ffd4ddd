// `npm run test:chaos`: real processes, each reached through toxiproxy, while parts of them die; docs/reliability.md says what is held.
// Needs Go, which builds toxiproxy once; with --postgres also what `npm run test:postgres` needs.
import { mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { provideTemporal } from '../dist/devserver/provide-temporal.js';
import { buildWithGo } from './go.mjs';
import { isPostgresBuilt, providePostgres } from './provide-postgres.mjs';
import { providePrevious } from './provide-previous.mjs';

const ROOT = dirname(import.meta.dirname);
const FOLDER = join(ROOT, '.quiesce', 'chaos');
const TOXIPROXY = join(FOLDER, 'bin', 'toxiproxy');

try {
  // What is wrong with them, main.js says, which knows all of them.
  const { values } = parseArgs({
    strict: false,
    options: {
      postgres: { type: 'boolean' },
      long: { type: 'boolean' },
      previous: { type: 'string' },
    },
  });
  mkdirSync(dirname(TOXIPROXY), { recursive: true });
  say('building toxiproxy with Go; the first time, this takes a minute …');
  buildWithGo('github.com/Shopify/toxiproxy/v2/cmd/server', TOXIPROXY, join(ROOT, 'tools', 'toxiproxy'));
  const { path: temporal } = await provideTemporal({ log: say });
  const wantsPostgres = values.postgres === true || (values.long === true && isPostgresBuilt());
  process.env.QUIESCE_CHAOS = JSON.stringify({
    temporal,
    toxiproxy: TOXIPROXY,
    folder: FOLDER,
    postgres: wantsPostgres ? await providePostgres(say) : undefined,
    previous: providePrevious(typeof values.previous === 'string' ? values.previous : undefined, say),
  });
  say(`databases and logs will be in ${relative(ROOT, FOLDER)}`);
  await import('../dist/test/chaos/main.js');
} catch (problem) {
  say(problem.message);
  // What was started of a scenario ends with us, and would keep us here.
  process.exit(1);
}

function say(line) {
  process.stderr.write(`test:chaos: ${line}\n`);
}
