import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyTexts } from '../harness.js';
import type { Text } from './evidence.js';
import type { Load } from './load.js';
import type { Rig } from './rig.js';

/** What Quiesce has written: histories, database, logs, metrics, answers. */
export async function textsOf(rig: Rig, load: Load): Promise<Text[]> {
  const logs = (await readdir(join(rig.folder, 'logs'))).filter((name) => /^(worker|api)/.test(name));
  const paths = logs.map((name) => join(rig.folder, 'logs', name));
  return [
    ...(await filesOf('database', await rig.temporal.files())),
    ...(await filesOf('log', paths)),
    ...(await metricsOf(rig)),
    ...(await historyTexts(rig.client)).map(
      (text) => ({ kind: 'history', where: 'a history', text }) as const,
    ),
    ...load.answers,
  ];
}

function filesOf(kind: 'database' | 'log', paths: readonly string[]): Promise<Text[]> {
  return Promise.all(paths.map(async (path) => ({ kind, where: path, text: await readIfThere(path) })));
}

/** Of the HTTP service, and of each Worker that is up: a deploy has started one more. */
async function metricsOf(rig: Rig): Promise<Text[]> {
  const up = [...rig.places, rig.spare].filter(({ part }) => part.isUp);
  const pages = up.map(async ({ part, metricsUrl }) =>
    metricsText(`the metrics of ${part.name}`, await fetch(metricsUrl)),
  );
  return [
    ...(await Promise.all(pages)),
    await metricsText('the metrics of the API', await rig.askDirectly('/metrics')),
  ];
}

async function metricsText(where: string, answer: Response): Promise<Text> {
  return { kind: 'metrics', where, text: await answer.text() };
}

/** PostgreSQL removes some of its files at any time. */
async function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return Buffer.alloc(0);
    throw thrown;
  });
}
