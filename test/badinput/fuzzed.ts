/** Of every run that is not told another. A night's may be told its date: `FUZZ_SEED=$(date -u +%Y%m%d)`. */
const USUAL_SEED = '1';
/** As fast-check counts seeds. */
const HIGHEST_SEED = 2 ** 31 - 1;

// What is set and empty is not set: so a workflow hands on an input that was left out.
const { FUZZ_RUNS, FUZZ_PATH } = process.env;
const seed = readSeed(process.env['FUZZ_SEED'] || USUAL_SEED);
console.log(`fuzzed from FUZZ_SEED=${seed}`);

/**
 * How much is tried, and from which seed. Every run tries the same unless it is told another: a failure prints its seed and its
 * path, with which it is had again: `FUZZ_SEED=7 FUZZ_PATH=12:3 npm test -- badinput`.
 * @param runs of a property in `npm test`; `FUZZ_RUNS` replaces it.
 */
export function fuzzed(runs: number) {
  return {
    numRuns: FUZZ_RUNS ? Number(FUZZ_RUNS) : runs,
    seed,
    includeErrorInReport: true,
    ...(FUZZ_PATH && { path: FUZZ_PATH }),
  };
}

/** @throws Error of what is none: fast-check would take it for zero, and every night would try the same. */
function readSeed(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Infinity;
  if (value <= HIGHEST_SEED) return value;
  throw new Error(`FUZZ_SEED must be a whole number up to ${HIGHEST_SEED}, and is ${JSON.stringify(text)}.`);
}
