// CommonJS, for the SDK requires it by its path, which not every Node that we support can do with a module.
import common = require('@temporalio/common');

/** Messages and stack traces of failures become payloads, which the codec encrypts; in the sandbox of Workflows, too. */
const failureConverter = new common.DefaultFailureConverter({ encodeCommonAttributes: true });

export = { failureConverter };
