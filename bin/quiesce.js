#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node
// Two arenas: with glibc's eight a core, a Worker's Rust threads keep a sixth more memory than they use (docs/performance.md).
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
