/** A time as the documents' samples have it; in which zone they do not say. */
export function written(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
