import type { CredentialRequest } from '../contract/credential-turn.js';
import type { LeaseRequest } from '../contract/quota-share.js';
import { invalid } from './invalid.js';

export function checkLeaseRequest({ holder, operations }: LeaseRequest): void {
  const needs = Object.values(operations ?? {});
  const fits = needs.every(({ quota, demand }) => quota?.calls > 0 && quota.perMs > 0 && demand >= 0);
  if (isName(holder) && needs.length > 0 && fits) return;
  throw invalid('A lease is asked for with a holder and, by operation, { quota: { calls, perMs }, demand }.');
}

const TOLD = {
  asking: true,
  accepted: true,
  refused: true,
  unclear: true,
  unmade: true,
} as const satisfies Record<CredentialRequest['is'], true>;

export function checkCredentialRequest(request: CredentialRequest): void {
  if (isName(request.holder) && Object.hasOwn(TOLD, request.is) && hasItsRefusal(request)) return;
  throw invalid(
    `A credential is asked for, or told of, with a holder and what it is: ${Object.keys(TOLD).join(', ')}; with refused, { refusal: { code, message }, cooldowns: { firstMs, longestMs } } too.`,
  );
}

function hasItsRefusal(request: CredentialRequest): boolean {
  if (request.is !== 'refused') return true;
  const { refusal, cooldowns } = request;
  const isTold = typeof refusal?.code === 'string' && typeof refusal.message === 'string';
  return isTold && cooldowns?.firstMs > 0 && cooldowns.longestMs > 0;
}

const isName = (holder: unknown): boolean => typeof holder === 'string' && holder !== '';
