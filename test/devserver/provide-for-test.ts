// Run as a process of its own: provides the Temporal CLI and prints how, as JSON.
import { provideTemporal } from '../../devserver/provide-temporal.js';

console.log(JSON.stringify(await provideTemporal({ log: (line) => console.error(line) })));
