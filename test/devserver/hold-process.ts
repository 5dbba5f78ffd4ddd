// Run as a process of its own: holds a silent process as it would the dev server, and prints its process id.
import { spawnDevServer } from '../../devserver/dev-server-process.js';

// A dev server would often end without a watchdog as well, of the closed pipe at its next log line.
const { pid } = await spawnDevServer('/bin/sleep', ['60'], () => undefined);
console.log(pid);
