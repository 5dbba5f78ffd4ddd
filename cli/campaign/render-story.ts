import type { ReportRow } from '../../client/index.js';
import type { Terminal } from '../terminal.js';
import { columns, dateAndTime, plain } from '../text.js';

/** One target's story in one campaign. What a vendor said must not steer the terminal. */
export function storyLines(row: ReportRow, { style }: Terminal): string[] {
  const { campaign, lane, state, lastState, seenAt, seenBy, asks, askedAt, askedBy, clientToken } = row;
  const seen = seenAt === undefined ? '' : `, seen ${dateAndTime(seenAt)}`;
  const problem = [row.code, row.message].filter((part) => part !== undefined);
  const rows: [string, string | undefined][] = [
    ['last state', lastState && `${plain(lastState)}${seen}`],
    ['asked', askedAt === undefined ? String(asks) : `${asks}, last ${dateAndTime(askedAt)}`],
    ['client token', clientToken],
    ['vendor says', problem.length === 0 ? undefined : plain(problem.join(': '))],
    ['request ids', plain([seenBy, askedBy].filter(Boolean).join(' '))],
    ['lane', String(lane)],
  ];
  return [
    `${style('bold', state)}  ${row.task}  in ${campaign}`,
    ...columns(rows.flatMap(([name, value]) => (value ? [[name, value]] : []))).map((line) => `  ${line}`),
  ];
}
