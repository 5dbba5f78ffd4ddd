/** Cloud time: real time plus an offset that only grows, so that a test can let days pass. */
export class Clock {
  offsetMs = 0;
  /** How wrong the vendors' clocks are; below 0, behind. It ends no task and keeps none: wrong clocks let no time pass. */
  skewMs = 0;

  now(): number {
    return Date.now() + this.offsetMs;
  }

  /** Real time as the vendors' clocks show it. */
  shown(): number {
    return Date.now() + this.skewMs;
  }

  advance(ms: number): void {
    this.offsetMs += ms;
  }

  /** Sets the vendors' clocks forward, or back. */
  skew(ms: number): void {
    this.skewMs += ms;
  }
}
