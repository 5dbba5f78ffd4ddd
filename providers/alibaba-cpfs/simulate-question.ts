import type { AlibabaRequest } from '../vendors/alibaba/simulate-request.js';

/** The same text for the same operation with the same parameters, in whichever order they came. */
export function questionOf({ action, parameters }: AlibabaRequest, without?: string): string {
  const names = Object.keys(parameters).filter((name) => name !== without);
  return JSON.stringify([action, names.toSorted().map((name) => [name, parameters[name]])]);
}
