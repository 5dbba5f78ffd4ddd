import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventStream, type StreamEvent } from '../../api/event-stream.js';

const never = new AbortController().signal;

function event(number: number): StreamEvent {
  return { id: `v${number}`, event: 'progress', data: { number, text: 'two\nlines' } };
}

async function* numbered(count: number): AsyncGenerator<StreamEvent> {
  for (let number = 1; number <= count; number += 1) yield event(number);
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

test('events are told one after the other, each on lines of its own, to their end', async () => {
  const text = await textOf(eventStream(numbered(2), { signal: never, retryMs: 500 }));
  assert.equal(
    text,
    [
      'retry: 500\n\n',
      String.raw`id: v1${'\n'}event: progress${'\n'}data: {"number":1,"text":"two\nlines"}${'\n\n'}`,
      String.raw`id: v2${'\n'}event: progress${'\n'}data: {"number":2,"text":"two\nlines"}${'\n\n'}`,
    ].join(''),
  );
});

test('while nothing happens, comments show that the stream is alive', async () => {
  const stop = new AbortController();
  async function* quiet(): AsyncGenerator<StreamEvent> {
    yield event(1);
    await new Promise(() => {});
  }
  let beats = 0;
  for await (const piece of eventStream(quiet(), { signal: stop.signal, heartbeatMs: 5 }))
    if (piece === ': alive\n\n' && (beats += 1) === 3) stop.abort();
  assert.equal(beats, 3);
});

test('a stream on which nothing happens for days does not grow', async () => {
  setFlagsFromString('--expose-gc');
  const clearMemory = runInNewContext('gc') as () => void;
  const heapAfter = async (beats: number) => {
    for (let beat = 0; beat < beats; beat += 1) await quiet.next();
    clearMemory();
    return process.memoryUsage().heapUsed;
  };
  const nothing = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const quiet = eventStream(nothing, { signal: never, heartbeatMs: 0 });
  const before = await heapAfter(200);
  const after = await heapAfter(2_000);
  // A kilobyte for each heartbeat would be two megabytes.
  assert.ok(after - before < 1_000_000, `${after - before} bytes more`);
});

test('it ends when it is told to, and lets go of the events', async () => {
  const stop = new AbortController();
  let isLetGo = false;
  async function* waiting(): AsyncGenerator<StreamEvent> {
    try {
      yield event(1);
      await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
    } finally {
      isLetGo = true;
    }
  }
  const pieces: string[] = [];
  for await (const piece of eventStream(waiting(), { signal: stop.signal })) {
    pieces.push(piece);
    if (pieces.length === 2) setImmediate(() => stop.abort());
  }
  await sleep(0);
  assert.deepEqual([pieces.length, isLetGo], [2, true]);
  assert.equal(await textOf(eventStream(numbered(9), { signal: stop.signal })), 'retry: 3000\n\n');
});

test('what a reader does not read is not made', async () => {
  let made = 0;
  async function* endless(): AsyncGenerator<StreamEvent> {
    for (;;) yield { id: String((made += 1)), event: 'progress', data: 'x'.repeat(10_000) };
  }
  const reader = Readable.from(eventStream(endless(), { signal: never }), { objectMode: false });
  reader.once('data', () => reader.pause());
  await sleep(50);
  // What fits into the stream's own buffer, and no more however long it waits.
  assert.ok(made <= 5, `${made} were made`);
  reader.destroy();
});

test('what the events throw breaks the stream off', async () => {
  async function* broken(): AsyncGenerator<StreamEvent> {
    yield event(1);
    throw new Error('gone');
  }
  await assert.rejects(textOf(eventStream(broken(), { signal: never })), /gone/);
});
