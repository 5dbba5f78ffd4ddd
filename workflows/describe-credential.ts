import type { CredentialLedger } from './credential-ledger.js';
import { code, escape } from './markdown.js';
import { isoTime } from './story.js';

/** What a connection's credential is worth, in the Temporal UI: Markdown. */
export function describeCredential(connection: string, ledger: CredentialLedger): string {
  const { strays } = ledger;
  const alone = Object.entries(strays).filter(([, { isProven }]) => isProven);
  return [
    `### Credential of ${connection}`,
    `As of ${isoTime(ledger.nowMs)}. ${sentence(ledger)}`,
    ...alone.map(
      ([holder, { refusal }]) =>
        `The vendor does not accept that of ${code(holder)}: ${code(refusal.code)}: ${escape(refusal.message)}`,
    ),
  ].join('\n\n');
}

function sentence({ isAccepted, refused, trying }: CredentialLedger): string {
  const tries = trying === undefined ? '' : ` ${code(trying.holder)} tries it.`;
  if (refused === undefined) return isAccepted ? 'The vendor accepts it.' : `Not yet known.${tries}`;
  const { refusal, nextTryAtMs } = refused;
  const asked = refusal.requestId === undefined ? '' : ` (request ${code(refusal.requestId)})`;
  const next = tries || ` The next call with it is made at ${isoTime(nextTryAtMs)}.`;
  return `**The vendor does not accept it**: ${code(refusal.code)}: ${escape(refusal.message)}${asked}${next}`;
}
