import type { LaneOrders, LaneReport } from '../contract/campaign-lane.js';
import { isAbove0, isCount, isOptional, isRecord, isText } from './json-shapes.js';

const ORDERS = {
  survey: true,
  ask: true,
  hold: true,
  stop: true,
  discard: true,
} as const satisfies Record<LaneOrders['to'], true>;

type Shape<T> = Readonly<Record<keyof T, (value: unknown) => boolean>>;

const LANE_ORDERS: Shape<LaneOrders> = {
  number: isPlace,
  to: (value) => typeof value === 'string' && Object.hasOwn(ORDERS, value),
  askUpTo: isAnyCount,
  sliceMs: isAbove0,
  callsPerSecond: (value) => isOptional(value, isAbove0),
  failuresAllowed: isCountIfAny,
  deadlineAtMs: (value) => isOptional(value, isAbove0),
};

const LANE_REPORT: Shape<LaneReport> = {
  lane: isPlace,
  asked: isCountIfAny,
  finished: isCountIfAny,
  exhausted: isCountIfAny,
  surveyed: isCountIfAny,
  states: (value) => areCounts(value),
  unconfirmed: isCountIfAny,
  calls: (value) => areCounts(value, ['asks', 'looks', 'throttled']),
  held: (value) => isOptional(value, isHeld),
  problems: (value) => Array.isArray(value) && value.every(isProblem),
  survey: (value) => isOptional(value, (survey) => areCounts(survey, SURVEY)),
};

/** Whether a Signal can be what a campaign sends. */
export function isLaneOrders(signal: unknown): signal is LaneOrders {
  return isOf(signal, LANE_ORDERS);
}

/** Whether a Signal can be what a lane sends. */
export function isLaneReport(signal: unknown): signal is LaneReport {
  return isOf(signal, LANE_REPORT);
}

function isOf<T>(signal: unknown, shape: Shape<T>): boolean {
  const checks = Object.entries<(value: unknown) => boolean>(shape);
  return isRecord(signal) && checks.every(([name, fits]) => fits(signal[name]));
}

const SURVEY = [
  'wouldCancel',
  'hasEnded',
  'isCanceling',
  'notFound',
  'wouldBeRefused',
  'protected',
  'unknown',
  'drifted',
];

function areCounts(value: unknown, names: readonly string[] = []): boolean {
  return isRecord(value) && Object.values(value).every(isAnyCount) && names.every((name) => name in value);
}

function isHeld(value: unknown): boolean {
  return isRecord(value) && isText(value['kind']) && areTexts(value, ['code', 'message']);
}

function isProblem(value: unknown): boolean {
  return isRecord(value) && areTexts(value, ['subject', 'code', 'message']) && isAbove0(value['atMs']);
}

function areTexts(value: Record<string, unknown>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string');
}

function isPlace(value: unknown): boolean {
  return isCount(value, 1);
}

function isAnyCount(value: unknown): boolean {
  return isCount(value);
}

function isCountIfAny(value: unknown): boolean {
  return isOptional(value, isAnyCount);
}
