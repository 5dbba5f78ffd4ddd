import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedCall, VendorError, WireRequest } from '../../../simulator/simulated-provider.js';
import { answerWith, AlibabaRefusal, refuseWith, type AlibabaOutput } from './simulate-answer.js';
import { readAlibabaRequest, type AlibabaRequest } from './simulate-request.js';
import { AlibabaSignatureCheck } from './simulate-signatures.js';

/** What the gateway's documents leave open; part of each product's switches. */
export const gatewaySwitches = {
  /**
   * How far a request's date may be off. The common error codes say 15 minutes, whatever the product; that the newer
   * signature is given 31 is said elsewhere.
   * https://help.aliyun.com/en/document_detail/434846.html
   */
  timestampValidity: z.enum(['15m', '31m']).default('15m'),
  /**
   * Status of SignatureDoesNotMatch: 400 among the common error codes, 403 in Domain's own table of them.
   * https://help.aliyun.com/document_detail/48054.html
   * https://github.com/AlibabaCloudDocs/domain
   */
  signatureMismatchStatus: z.literal([400, 403]).default(400),
  /** Status of InvalidAccessKeyId.NotFound: 404 in the one table, 400 in both of those above. */
  unknownKeyStatus: z.literal([404, 400]).default(404),
  /**
   * What too many calls are answered. Of the gateway these codes are documented with 400, and 429 for one product.
   * https://help.aliyun.com/document_detail/48054.html
   */
  throttledAs: z
    .enum(['Throttling.User 400', 'Throttling.Api 400', 'Throttling 400', 'Throttling 429', 'Throttling 503'])
    .default('Throttling.User 400'),
};

export type GatewaySwitches = {
  [Name in keyof typeof gatewaySwitches]: z.output<(typeof gatewaySwitches)[Name]>;
};

/** What a product's simulation calls throttling; on the wire it is what the switch says. */
export const THROTTLED = {
  status: 400,
  code: 'Throttling.User',
  message: 'Request was denied due to user flow control.',
} as const satisfies VendorError;

/** What one operation of a product does; it throws {@link AlibabaRefusal}. */
export type AlibabaOperation = (requestId: string) => AlibabaOutput;

/** The gateway before one version of one product: reads calls, checks who makes them, and writes answers in JSON or XML. */
export class AlibabaGateway {
  readonly #version: string;
  readonly #switches: () => GatewaySwitches;
  readonly #shown: () => number;
  readonly #signatures: AlibabaSignatureCheck;

  /**
   * @param switches read again with every call.
   * @param shown what the gateway's clock shows, epoch milliseconds.
   */
  constructor(version: string, switches: () => GatewaySwitches, shown: () => number) {
    this.#version = version;
    this.#switches = switches;
    this.#shown = shown;
    this.#signatures = new AlibabaSignatureCheck(switches);
  }

  /** Undefined when the request is for another product or version. */
  read(wire: WireRequest): AlibabaRequest | undefined {
    return readAlibabaRequest(wire, this.#version);
  }

  /**
   * A call as the simulator wants it.
   * @param run the operation; undefined when the product has none of that name.
   */
  call(
    request: AlibabaRequest,
    run: AlibabaOperation | undefined,
    about: { readonly taskIds: readonly string[]; readonly token?: string | undefined },
  ): SimulatedCall {
    const requestId = randomUUID().toUpperCase();
    const { accessKeyId } = request.caller;
    return {
      operation: request.action,
      requestId,
      taskIds: about.taskIds,
      ...(about.token !== undefined && { token: about.token }),
      ...(accessKeyId !== undefined && { client: accessKeyId }),
      authenticate: () => Promise.resolve(this.#signatures.refusal(request, this.#shown())),
      refuse: (error) => refuseWith(request, requestId, this.#asSwitched(error)),
      answer: () => {
        try {
          const { output, effect } = (run ?? unknownOperation)(requestId);
          return answerWith(request, requestId, {
            output: { RequestId: requestId, ...output },
            ...(effect !== undefined && { effect }),
          });
        } catch (error) {
          if (error instanceof AlibabaRefusal) return refuseWith(request, requestId, error);
          throw error;
        }
      },
    };
  }

  /** A scripted throttling, too, is what the switch says. */
  #asSwitched(error: VendorError): VendorError {
    if (error.code !== THROTTLED.code) return error;
    const [code = '', status] = this.#switches().throttledAs.split(' ');
    return { ...error, code, status: Number(status) };
  }
}

/**
 * A parameter that the operation cannot do without.
 * @throws AlibabaRefusal
 */
export function mandatory({ parameters }: AlibabaRequest, name: string): string {
  const value = parameters[name];
  if (value !== undefined && value !== '') return value;
  throw new AlibabaRefusal(400, `Missing${name}`, `${name} is mandatory for this action.`);
}

function unknownOperation(): never {
  throw new AlibabaRefusal(
    404,
    'InvalidApi.NotFound',
    'Specified api is not found,please check your url and method.',
  );
}
