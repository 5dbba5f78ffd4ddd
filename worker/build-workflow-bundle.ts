import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type BundleOptions } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../encryption/data-converter.js';
import { ENCRYPTING_WORKFLOW_BUNDLE_PATH, WORKFLOW_BUNDLE_PATH } from './workflow-bundle-path.js';

/**
 * The SDK records a stack for each Promise of a Workflow and maps its frames to their sources: a ninth of a Worker's CPU under
 * many cancellations (docs/performance.md). At the head of the code, for modules find Error frozen; on its first line, for the
 * source map counts lines.
 */
const FEW_FRAMES = 'Error.stackTraceLimit = 2; ';

/** Run by `npm run build`: bundling takes seconds, so it is done once and not at every Worker's start. */
await bundle(WORKFLOW_BUNDLE_PATH, {});
await bundle(ENCRYPTING_WORKFLOW_BUNDLE_PATH, { failureConverterPath: FAILURE_CONVERTER_PATH });

async function bundle(path: string, options: Pick<BundleOptions, 'failureConverterPath'>): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    workflowInterceptorModules: ['pass-headers', 'refuse-early-queries'].map((name) =>
      fileURLToPath(new URL(`../workflows/${name}.js`, import.meta.url)),
    ),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn: console.error, error: console.error },
    ...options,
  });
  await writeFile(path, FEW_FRAMES + code);
}
