#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  const { runFromProcess } = await import(main.href);
  await runFromProcess();
} else {
  process.stderr.write(
    'Quiesce is not built yet: run `npm run build` first, or `npm run demo`, which does it all.\n',
  );
  process.exitCode = 1;
}
