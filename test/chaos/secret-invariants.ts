import { basename } from 'node:path';
import type { Evidence, Invariant, TextKind } from './evidence.js';

interface Sure {
  /** One of these is there. */
  readonly known: (evidence: Evidence) => readonly string[];
  /** In each of the texts; left out: in one of them. */
  readonly inEach?: true;
}

/** What a search of each kind must find, so that it is known to have seen something. */
const SURE: Readonly<Record<Exclude<TextKind, 'log'>, Sure>> = {
  database: { known: urisOf },
  history: { known: urisOf },
  answer: { known: urisOf },
  metrics: { known: () => ['quiesce_'], inEach: true },
};
/** What each service logs once it is ready. */
const SAID_BY_API = 'The API is ready';
const SAID_BY_WORKERS = 'Worker is ready';

/** In whichever of its spellings, no secret is in anything that was written. */
export const tellsNoSecret: Invariant = ({ texts, secrets }) => {
  const spellings = secrets.map(spellingsOf);
  return texts.flatMap(({ where, text }) =>
    spellings.flatMap((all, place) =>
      [...all].flatMap(([how, spelling]) =>
        text.includes(spelling) ? [`${where} has secret ${place}, ${how}`] : [],
      ),
    ),
  );
};

/** A search that finds no secret where it would find nothing at all proves nothing. */
export const searchesWhatIsThere: Invariant = (evidence) => [
  ...evidence.services.flatMap((service) => (isHeard(evidence, service) ? [] : [`no log is ${service}'s`])),
  ...Object.entries(SURE).flatMap(([kind, { known, inEach = false }]) => {
    const texts = evidence.texts.filter((each) => each.kind === kind);
    const sure = known(evidence);
    const empty = texts.filter(({ text }) => !sure.some((each) => text.includes(each)));
    if (texts.length > empty.length && !(inEach && empty.length > 0)) return [];
    return [`of ${texts.length} texts (${kind}), ${empty.length} have nothing of what is sure to be there`];
  }),
];

function isHeard({ texts }: Evidence, service: string): boolean {
  const said = service === 'api' ? SAID_BY_API : SAID_BY_WORKERS;
  return texts.some(
    ({ kind, where, text }) => kind === 'log' && basename(where) === `${service}.log` && text.includes(said),
  );
}

/** Of singles, which are Workflows of their own: a campaign's targets are packed. */
function urisOf({ targets }: Evidence): readonly string[] {
  return targets.filter(({ trigger }) => trigger === 'single').map(({ uri }) => uri);
}

/** By how it is spelt. Amid other bytes, base64 has a text in one of three ways: by where it stands among threes of bytes. */
function spellingsOf(secret: string): Map<string, string> {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // What depends on the bytes before and after is left out.
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    return [`in base64 (${shift})`, encoded.slice(Math.ceil((shift * 8) / 6), whole)] as const;
  });
  return new Map([['verbatim', secret], ['percent-encoded', encodeURIComponent(secret)], ...base64]);
}
