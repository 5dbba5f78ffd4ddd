import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SimulatedCall, WireRequest } from '../../../simulator/simulated-provider.js';
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
};

const VALIDITY_MS = { '15m': 15 * 60_000, '31m': 31 * 60_000 } as const;

/** What one operation of a product does; it throws {@link AlibabaRefusal}. */
export type AlibabaOperation = (requestId: string) => AlibabaOutput;

/** The gateway before one version of one product: reads calls, checks who makes them, and writes answers in JSON or XML. */
export class AlibabaGateway {
  readonly #version: string;
  readonly #signatures: AlibabaSignatureCheck;

  /** @param switches read again with every call. */
  constructor(version: string, switches: () => { readonly timestampValidity: keyof typeof VALIDITY_MS }) {
    this.#version = version;
    this.#signatures = new AlibabaSignatureCheck(() => VALIDITY_MS[switches().timestampValidity]);
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
      authenticate: () => Promise.resolve(this.#signatures.refusal(request)),
      refuse: (error) => refuseWith(request, requestId, error),
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
