import { InvalidTaskError } from '../client/index.js';
import type { Config, Connection } from '../config/load-config.js';
import { mayUse, type Caller } from './caller.js';
import { ProblemError, type Fault } from './problem.js';

/** The connections that one request names. */
export class ConnectionNames {
  #isForbidden = false;

  constructor(
    private readonly config: Config,
    private readonly caller: Caller,
  ) {}

  readonly providerOf = (name: string): string => this.connection(name).provider.id;

  /**
   * @throws InvalidTaskError for one that the config does not have, or the caller may not use: it is the fault of a target
   * like any other, and told at its place.
   */
  connection(name: string): Connection {
    const { config, caller } = this;
    if (!mayUse(caller, name)) {
      this.#isForbidden = true;
      throw new InvalidTaskError(`${caller.name} may not use connection ${name}.`);
    }
    const connection = config.connections.get(name);
    if (connection !== undefined) return connection;
    const names = [...config.connections.keys()].filter((each) => mayUse(caller, each));
    throw new InvalidTaskError(`There is no connection ${name}; there is ${names.join(', ') || 'none'}.`);
  }

  /** What a list with such faults is answered with. */
  problem(detail: string, faults: readonly Fault[]): ProblemError {
    return new ProblemError(this.#isForbidden ? 'forbidden' : 'invalid-targets', detail, { faults });
  }
}
