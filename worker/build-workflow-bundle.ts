import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { WORKFLOW_BUNDLE_PATH } from './workflow-bundle-path.js';

/** Run by `npm run build`: bundling takes seconds, so it is done once and not at every Worker's start. */
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
});
await writeFile(WORKFLOW_BUNDLE_PATH, code);
