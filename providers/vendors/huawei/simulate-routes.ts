import { randomUUID } from 'node:crypto';
import type {
  SimulatedCall,
  SimulatedWorld,
  VendorError,
  WireRequest,
} from '../../../simulator/simulated-provider.js';
import {
  answerWith,
  HuaweiRefusal,
  refuseWith,
  type GatewayCodes,
  type HuaweiErrorShape,
  type HuaweiOutput,
} from './simulate-answer.js';
import { UNLISTED_CODE } from './simulate-sfs-turbo-switches.js';
import { HuaweiGateway, readHuaweiCaller, type LockoutSwitches } from './simulate-gateway.js';

/** What of a provider's switches the gateway goes by. */
export interface HuaweiSwitches extends LockoutSwitches {
  readonly errorShape: HuaweiErrorShape;
  readonly gatewayCodes: GatewayCodes;
  /** A code, and the status that it comes with. */
  readonly throttledAs: string;
}

/** What the simulation of a service calls throttling; on the wire it is what the switch says. Its text is made up. */
export const THROTTLED = {
  status: 429,
  code: 'APIGW.0308',
  message: 'The throttling threshold has been reached.',
} as const satisfies VendorError;

/** One request, as its operation needs it. */
export interface HuaweiCall<Switches extends HuaweiSwitches> {
  readonly world: SimulatedWorld<Switches>;
  readonly gateway: HuaweiGateway;
  /** The named parts of the path, decoded. */
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  /** The body's JSON; undefined when it is none. */
  readonly input: unknown;
}

/** One operation: which requests are its, and what it does. */
export interface HuaweiRoute<Switches extends HuaweiSwitches> {
  /** The vendor's name of it. */
  readonly operation: string;
  readonly method: string;
  readonly path: RegExp;
  /** Called without any credential. */
  readonly open?: true;
  /** Left out: as the switch says. */
  readonly errorShape?: HuaweiErrorShape;
  run(call: HuaweiCall<Switches>): HuaweiOutput;
}

/** Understands a request by the first route it fits; undefined when there is none. */
export function readByRoute<Switches extends HuaweiSwitches>(
  request: WireRequest,
  routes: readonly HuaweiRoute<Switches>[],
  world: SimulatedWorld<Switches>,
): SimulatedCall | undefined {
  const route = routes.find(({ method, path }) => method === request.method && path.test(request.path));
  if (route === undefined) return undefined;
  const gateway = world.shared(HuaweiGateway);
  const path = decodeParts(route.path.exec(request.path)?.groups);
  const requestId = randomUUID().replaceAll('-', '');
  const { switches } = world.settings;
  const style = { ...switches, errorShape: route.errorShape ?? switches.errorShape };
  return {
    operation: route.operation,
    requestId,
    taskIds: path['taskId'] === undefined ? [] : [path['taskId']],
    ...readHuaweiCaller(request),
    authenticate: async () =>
      route.open === true
        ? undefined
        : gateway.refusal(request, { now: world.now(), shown: world.shown() }, switches),
    refuse: (error) => refuseWith(requestId, asSwitched(error, switches), style),
    answer() {
      try {
        const query = new URLSearchParams(request.query);
        const input = parse(request.body);
        return answerWith(requestId, route.run({ world, gateway, path, query, input }));
      } catch (error) {
        if (error instanceof HuaweiRefusal) return refuseWith(requestId, error, style);
        throw error;
      }
    },
  };
}

/** A scripted throttling, too, is what the switch says. */
function asSwitched(error: VendorError, { throttledAs }: HuaweiSwitches): VendorError {
  if (error.code !== THROTTLED.code) return error;
  const [code = '', status] = throttledAs.split(' ');
  return {
    ...error,
    message: error.message,
    code: code === 'unlisted' ? UNLISTED_CODE : code,
    status: Number(status),
  };
}

function decodeParts(groups: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([name, part]) => [name, decode(part)]));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
