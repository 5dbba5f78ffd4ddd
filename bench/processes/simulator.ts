import { startSimulator } from '../../simulator/start-simulator.js';
import { asChild } from './as-child.js';

/** The simulated clouds, in a process of their own. */
await asChild(async () => {
  const { endpoint, credentials } = await startSimulator();
  return async () => ({ endpoint, credentials });
});
