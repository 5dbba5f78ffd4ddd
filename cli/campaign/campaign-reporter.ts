import { campaignStatus } from '../../client/campaign-status.js';
import { CampaignPaceMeter, type CampaignPace } from '../../client/campaign-eta.js';
import type { LiveProgress } from '../../client/index.js';
import type { Problem } from '../../contract/campaign.js';
import type { CliContext } from '../context.js';
import { createLiveRegion } from '../live-region.js';
import type { OutputFormat } from '../options.js';
import { liveLines, problemText, troubles } from './render-live.js';
import { awaitedLines, changeLine } from './render-status.js';

/** Tells how a campaign goes on while somebody watches. */
export interface CampaignReporter {
  show(progress: LiveProgress): void;
  /** What keeps it from being told. */
  warn(problem: string): void;
  /** Takes away what is redrawn; what stays was printed. */
  close(): void;
}

const REDRAW_EVERY_MS = 100;
/** Between lines that tell of counts alone; a new phase, trouble or problem is told at once. */
const LINE_EVERY_MS = 5_000;

export function createCampaignReporter(context: CliContext, output: OutputFormat): CampaignReporter {
  if (output === 'json') return jsonReporter(context);
  return context.terminal.live ? liveReporter(context) : lineReporter(context);
}

function liveReporter(context: CliContext): CampaignReporter {
  const { terminal } = context;
  const region = createLiveRegion(terminal.out);
  const meter = new CampaignPaceMeter();
  let latest: LiveProgress | undefined;
  let pace: CampaignPace | undefined;
  let warning: string | undefined;
  const redraw = () => {
    if (latest === undefined) return;
    const trouble = warning === undefined ? [] : [`  ${terminal.style('yellow', `! ${warning}`)}`];
    const lines = liveLines(latest, terminal, { nowMs: Date.now(), pace });
    region.draw([...lines, ...trouble, ...awaitedLines(latest, context)]);
  };
  const timer = setInterval(redraw, REDRAW_EVERY_MS);
  return {
    show(progress) {
      latest = progress;
      warning = undefined;
      pace = meter.measure(progress);
      redraw();
    },
    warn(problem) {
      warning = problem;
      if (latest === undefined) region.print([terminal.style('yellow', `! ${problem}`)]);
      redraw();
    },
    close() {
      clearInterval(timer);
      region.clear();
    },
  };
}

function lineReporter(context: CliContext): CampaignReporter {
  const { out, style } = context.terminal;
  const news = newsOf();
  let toldAtMs = -Infinity;
  let told = '';
  return {
    show(progress) {
      const nowMs = Date.now();
      const { phase, states } = progress;
      const headline = JSON.stringify([phase, troubles(progress)]);
      const counts = headline + JSON.stringify(states);
      const isDue = !told.startsWith(headline) || (told !== counts && nowMs - toldAtMs >= LINE_EVERY_MS);
      if (isDue) {
        out.write(
          `${[changeLine(progress, nowMs), ...awaitedLines(progress, context).slice(1)].join('\n')}\n`,
        );
        [told, toldAtMs] = [counts, nowMs];
      }
      for (const problem of news(progress)) out.write(`${style('yellow', `! ${problemText(problem)}`)}\n`);
    },
    warn: (problem) => void out.write(`${style('yellow', `! ${problem}`)}\n`),
    close: () => {},
  };
}

function jsonReporter({ terminal }: CliContext): CampaignReporter {
  let told = '';
  return {
    show(progress) {
      const nowMs = Date.now();
      const line = JSON.stringify(campaignStatus(progress, nowMs));
      // The time that is left changes with every look; alone it is no change.
      const facts = JSON.stringify({ ...campaignStatus(progress, nowMs), etaMs: null });
      if (facts !== told) terminal.out.write(`${line}\n`);
      told = facts;
    },
    warn: (problem) => void terminal.err.write(`${problem}\n`),
    close: () => {},
  };
}

/** Tells each problem once. */
function newsOf(): (progress: LiveProgress) => Problem[] {
  const told = new Set<string>();
  return ({ problems }) =>
    problems.filter((problem) => {
      const key = JSON.stringify(problem);
      return !told.has(key) && told.add(key);
    });
}
