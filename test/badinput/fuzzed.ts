/**
 * How much is tried, and from which seed. Every run tries the same unless it is told another: a failure prints its seed and its
 * path, with which it is had again: `FUZZ_SEED=7 FUZZ_PATH=12:3 npm test -- badinput`.
 * @param runs of a property in `npm test`; `FUZZ_RUNS` replaces it.
 */
export function fuzzed(runs: number) {
  const { FUZZ_RUNS, FUZZ_SEED = '1', FUZZ_PATH } = process.env;
  return {
    numRuns: FUZZ_RUNS === undefined ? runs : Number(FUZZ_RUNS),
    seed: Number(FUZZ_SEED),
    includeErrorInReport: true,
    ...(FUZZ_PATH !== undefined && { path: FUZZ_PATH }),
  };
}
