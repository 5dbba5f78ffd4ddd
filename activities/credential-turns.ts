import { setTimeout as sleep } from 'node:timers/promises';
import type { CredentialAnswer, CredentialRequest } from '../contract/credential-turn.js';
import type { ConnectionKeeper } from './connection-keeper.js';

type Told = Exclude<CredentialRequest, { readonly is: 'asking' }>;
type WithoutHolder<Request> = Request extends unknown ? Omit<Request, 'holder'> : never;

const RETRY_MS = 1_000;
const HEARD_WITHIN_MS = 5_000;
/** Whatever is told later than that, the next try has told anew. */
const MOST_RETRIES = 60;

/**
 * What this process asks and tells the keeper of one connection's credential. It is heard in this order: nothing is asked
 * before the keeper has heard what was told.
 */
export class CredentialTurns {
  #requests = 0;
  #told: Promise<unknown> = Promise.resolve();
  /** Why it was not heard. */
  #trouble = 'it has not answered yet';
  readonly #closing = new AbortController();

  constructor(
    private readonly connection: string,
    private readonly holder: string,
    private readonly keeper: ConnectionKeeper,
  ) {}

  /** @throws whatever keeps the keeper from answering, or from having heard what was told. */
  async ask(): Promise<CredentialAnswer> {
    const isHeard = await Promise.race([
      this.#told.then(() => true),
      sleep(HEARD_WITHIN_MS, false, { ref: false }),
    ]);
    if (!isHeard) throw new Error(this.#trouble);
    return this.#send({ holder: this.holder, is: 'asking' }, this.#nextId());
  }

  /** Tells until it is heard, however long it takes. @throws when it is never heard. */
  tell(told: WithoutHolder<Told>): Promise<CredentialAnswer> {
    const before = this.#told;
    const telling = before.then(() => this.#sendUntilHeard({ ...told, holder: this.holder }));
    this.#told = telling.catch(() => {});
    return telling;
  }

  /** Whether there is anything that a keeper may know of this process. */
  get hasAsked(): boolean {
    return this.#requests > 0;
  }

  close(): void {
    this.#closing.abort();
  }

  async #sendUntilHeard(request: Told): Promise<CredentialAnswer> {
    // Of one name, however often it is sent: an answer that was lost comes again, and with it who writes the line in the log.
    const id = this.#nextId();
    for (let retries = 0; ; retries++) {
      try {
        return await this.#send(request, id);
      } catch (thrown) {
        this.#trouble = thrown instanceof Error ? thrown.message : String(thrown);
        if (retries === MOST_RETRIES) throw thrown;
        await sleep(RETRY_MS, undefined, { signal: this.#closing.signal });
      }
    }
  }

  #send(request: CredentialRequest, id: string): Promise<CredentialAnswer> {
    return this.keeper.credential(this.connection, request, id);
  }

  #nextId(): string {
    this.#requests += 1;
    return `${this.holder}:${this.#requests}`;
  }
}
