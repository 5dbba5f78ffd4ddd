import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Settings } from './settings.js';
import type { Timeline } from './timeline.js';

/** One HTTP request to a simulated cloud, with its whole body. */
export interface WireRequest {
  readonly method: string;
  /** As it was sent: still percent-encoded, without the query. */
  readonly path: string;
  /** The raw query without `?`; empty when there is none. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One HTTP answer in the vendor's wire format. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The vendor's error code, for the journal. */
  readonly errorCode?: string;
  /** What really changed in the simulated cloud; absent when nothing did. */
  readonly effect?: Effect;
}

/** A real change of one task's state, under the token that the call carried. */
export interface Effect {
  readonly task: string;
  readonly token?: string;
}

/** An error before it has the vendor's wire format. */
export interface VendorError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/**
 * One call as its provider has understood it. The simulator asks, in this order: may the caller call, is there
 * quota, is a fault scripted, what is the answer. `answer` takes effect the moment it is called, and is synchronous:
 * nothing can come between the decision and the effect.
 */
export interface SimulatedCall {
  /** The vendor's name of the operation. */
  readonly operation: string;
  readonly requestId: string;
  /** The simulator's ids of the tasks the call names. */
  readonly taskIds: readonly string[];
  /** The idempotency token, where the operation has one. */
  readonly token?: string;
  /** Who called, as it says itself: an access key id, never a secret. */
  readonly client?: string;
  /** Verifies the signature; the error the vendor answers when it does not hold. */
  authenticate(): Promise<VendorError | undefined>;
  answer(): WireAnswer;
  refuse(error: VendorError): WireAnswer;
}

/** One task in a simulated cloud. */
export interface SimulatedTask {
  /** Unique within its provider: what faults, the journal and effects name it by. */
  readonly id: string;
  /** All the vendor's ids that name it, under the vendor's names in camel case. */
  readonly ids: Readonly<Record<string, string>>;
  readonly timeline: Timeline;
  /** The vendor's word for its true state at a time. */
  wordAt(at: number): string;
}

/** What is asked of a provider when a task is seeded. */
export interface TaskSeed<Details> {
  /** Left out: the provider makes one up. */
  readonly id?: string;
  readonly timeline: Timeline;
  /** Shown in place of the vendor's word for the state, whatever it is: to play a word nobody knows. */
  readonly word?: string;
  readonly details: Details;
}

/** A provider's running simulation; `POST /_simulator/reset` starts a new one. */
export interface ProviderSimulation<Details = Record<string, unknown>> {
  /** Understands a request, or returns undefined when it is another provider's. */
  read(request: WireRequest): SimulatedCall | undefined;
  seed(seed: TaskSeed<Details>): SimulatedTask;
  find(id: string): SimulatedTask | undefined;
  tasks(): Iterable<SimulatedTask>;
}

/** What the simulator gives a simulation to live in. */
export interface SimulatedWorld<Switches = Record<string, unknown>> {
  /** Cloud time, epoch milliseconds: real time plus what tests have let pass. */
  now(): number;
  /** What the vendor's clock shows, epoch milliseconds: real time, unless a test has set it wrong. Dates of signatures are held to it. */
  shown(): number;
  /** Read again with every call: a test may have changed them. */
  readonly settings: Settings<Switches>;
  /** The one instance of a class in these clouds, made when it is first asked for: what a vendor's providers share. */
  shared<T>(part: new () => T): T;
}

/** A provider's half of the simulator: what its `simulate.ts` exports. It imports no adapter. */
export interface SimulatedProvider<
  Switches extends z.ZodObject = z.ZodObject,
  Details extends z.ZodObject = z.ZodObject,
> {
  readonly provider: string;
  /** One switch for each thing the vendor's documents leave open; every one has a default. */
  readonly switches: Switches;
  /** What a seed may say beyond what all providers share; every one has a default. */
  readonly seedDetails: Details;
  readonly idPattern: RegExp;
  /** The vendor's names of its cancel, and of the calls by which a task is looked at. */
  readonly operations: { readonly cancel: string; readonly observe: readonly string[] };
  /** The vendor's documented quotas by operation, where it documents any. */
  readonly quotas?: Settings<unknown>['quotas'];
  /** What the vendor answers to too many calls. */
  readonly throttled: VendorError;
  /** What the vendor answers when it is at fault itself. */
  readonly outage: VendorError;
  start(world: SimulatedWorld<z.output<Switches>>): ProviderSimulation<z.output<Details>>;
}
