import { fileURLToPath } from 'node:url';

/** Where `npm run build` leaves the Workflow code, bundled for the Worker's sandbox. */
export const WORKFLOW_BUNDLE_PATH = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

/** The same code with the failure converter that hides messages: which one a Workflow has is decided when it is bundled. */
export const ENCRYPTING_WORKFLOW_BUNDLE_PATH = fileURLToPath(
  new URL('../workflow-bundle-encrypting.js', import.meta.url),
);
