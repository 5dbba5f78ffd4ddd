// `npm run test:postgres`: what docker-compose.yml deploys, as processes of this machine; a campaign of five thousand tasks is played while
// parts of it die.
import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { providePostgres } from './provide-postgres.mjs';

const ROOT = dirname(import.meta.dirname);
const LOGS = join(ROOT, '.quiesce', 'postgres', 'logs');

try {
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(LOGS, { recursive: true });
  const tools = await providePostgres(say);
  process.env.QUIESCE_POSTGRES = JSON.stringify({ ...tools, logs: LOGS });
  say(`the logs will be in ${relative(ROOT, LOGS)}`);
  await import('../dist/test/postgres/deployment.test.js');
} catch (problem) {
  say(problem.message);
  process.exitCode = 1;
}

function say(line) {
  process.stderr.write(`test:postgres: ${line}\n`);
}
