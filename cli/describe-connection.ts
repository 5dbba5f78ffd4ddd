import type { Connection } from '../config/load-config.js';
import { OPEN_GATE } from '../providers/call-gate.js';
import type { ProviderErrorKind } from '../contract/failures.js';
import { ProviderError } from '../providers/provider.js';
import { plain } from './text.js';

/** One connection as `quiesce connections` prints it; never a secret. */
export interface ConnectionLine {
  readonly name: string;
  readonly provider: string;
  /** Region, endpoint and what else says where it leads. */
  readonly where: string;
  readonly check?: ConnectionCheck;
}

export type ConnectionCheck =
  | { readonly ok: true; readonly tookMs: number; readonly requestId?: string }
  | {
      readonly ok: false;
      readonly tookMs: number;
      readonly problem: string;
      /** Left out where no answer came in time. */
      readonly kind?: ProviderErrorKind;
    };

const CHECK_TIMEOUT_MS = 15_000;
/** By name, so that a setting added later is not shown by mistake. The config's tests see that neither takes a secret. */
const SHOWN_SETTINGS = ['region', 'endpoint'];

export function describeConnection({ name, provider, settings }: Connection): ConnectionLine {
  const shown = SHOWN_SETTINGS.flatMap((key) => (typeof settings[key] === 'string' ? [settings[key]] : []));
  return { name, provider: provider.id, where: shown.join(' ') || '-' };
}

/** One read-only call, as the Worker would make it. */
export async function checkConnection({ provider, settings }: Connection): Promise<ConnectionCheck> {
  const startedAt = Date.now();
  const tookMs = () => Date.now() - startedAt;
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  try {
    const adapter = await provider.connect(settings, OPEN_GATE);
    try {
      const { requestId } = await untilAborted(adapter.check({ signal }), signal);
      return { ok: true, tookMs: tookMs(), ...(requestId !== undefined && { requestId }) };
    } finally {
      adapter.close();
    }
  } catch (error) {
    const problem = signal.aborted
      ? `no answer within ${CHECK_TIMEOUT_MS / 1_000} seconds`
      : messageOf(error);
    const kind = !signal.aborted && error instanceof ProviderError ? { kind: error.kind } : {};
    return { ok: false, tookMs: tookMs(), problem, ...kind };
  }
}

/** An adapter that does not heed its signal must not hang the command. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Timed out')), { once: true });
    work.then(resolve, reject);
  });
}

/** A ProviderError says its vendor's code; its message never holds a secret. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return plain(String(error));
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return plain(`${code}${error.message}`);
}
