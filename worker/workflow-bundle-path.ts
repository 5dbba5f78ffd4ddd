import { fileURLToPath } from 'node:url';

/** Where `npm run build` leaves the Workflow code, bundled for the Worker's sandbox. */
export const WORKFLOW_BUNDLE_PATH = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
