import { isMap, isNode, isScalar, type Document, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './config-error.js';
import { CONNECTION_NAME } from './config-schema.js';
import { knownKeys } from './json-schema.js';
import { didYouMean, nearest } from './nearest.js';

type Path = readonly (string | number)[];

/** Stands in a path for a key that may be a secret. */
const NOT_SHOWN = '(not shown)';

/**
 * Collects all that is wrong with a config, each with its line and path. What the file says is not repeated, neither value
 * nor key: it may be a secret. Shown are keys and provider ids that exist, what is almost one of them, and names that a
 * connection may have.
 */
export class Problems {
  readonly #sentences: string[] = [];
  #keys: readonly string[] | undefined;

  constructor(
    private readonly file: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  add(path: Path, what: string): void {
    this.addAt(this.#offsetOf(path), path.length === 0 ? what : `${this.#show(path)} ${what}`);
  }

  addAt(offset: number, sentence: string): void {
    const { line, col } = this.lines.linePos(offset);
    this.#sentences.push(`${this.file}:${Math.max(1, line)}:${Math.max(1, col)}: ${sentence}.`);
  }

  unknownKey(path: Path, key: string, allowed: readonly string[]): void {
    this.add([...path, key], `is not known here${didYouMean(key, allowed)}; allowed: ${allowed.join(', ')}`);
  }

  unknownProvider(path: Path, wanted: unknown, known: readonly string[]): void {
    if (typeof wanted !== 'string') {
      const typo = nearest('provider', this.#keysAt(path));
      if (typo !== undefined) this.unknownKey(path, typo, ['provider']);
      return this.add(path, `needs "provider:", one of ${known.join(', ')}`);
    }
    const almost = nearest(wanted, known) === undefined ? '' : `"${wanted}" `;
    this.add(
      [...path, 'provider'],
      `${almost}is not known${didYouMean(wanted, known)}; known: ${known.join(', ')}`,
    );
  }

  /** Zod's issues as sentences. */
  addIssues(path: Path, issues: readonly z.core.$ZodIssue[], schema: z.ZodObject): void {
    for (const issue of issues) this.#addIssue(path, issue, schema);
  }

  throwIfAny(): void {
    if (this.#sentences.length > 0) throw new ConfigError(this.#sentences.join('\n'));
  }

  #addIssue(path: Path, issue: z.core.$ZodIssue, schema: z.ZodObject): void {
    const place = [...path, ...(issue.path as (string | number)[])];
    if (issue.code === 'unrecognized_keys') {
      const allowed = issue.path.length === 0 ? Object.keys(schema.shape) : [];
      for (const key of issue.keys) {
        if (allowed.length > 0) this.unknownKey(place, key, allowed);
        else
          this.add([...place, key], issue.message.startsWith('must') ? issue.message : 'is not known here');
      }
    } else if (issue.code === 'invalid_union' && !issue.message.startsWith('must')) {
      this.#addUnion(path, issue, schema);
    } else if (issue.code === 'invalid_type' && !issue.message.startsWith('must')) {
      const missing = this.document.getIn(place) === undefined;
      this.add(place, missing ? `is missing: a ${issue.expected} is needed` : `must be a ${issue.expected}`);
    } else {
      this.add(place, issue.message.startsWith('must') ? issue.message : `is not right: ${issue.message}`);
    }
  }

  /** Of a union's alternatives, the one that came closest tells what is wrong. */
  #addUnion(path: Path, issue: z.core.$ZodIssueInvalidUnion, schema: z.ZodObject): void {
    const closest = [...issue.errors].sort((a, b) => rank(a) - rank(b))[0] ?? [];
    for (const inner of closest)
      this.#addIssue(path, { ...inner, path: [...issue.path, ...inner.path] }, schema);
  }

  get #knownKeys(): readonly string[] {
    return (this.#keys ??= knownKeys());
  }

  #show(path: Path): string {
    const shown = path.map((key, depth) =>
      typeof key === 'number' ||
      (depth === 1 && path[0] === 'connections' && CONNECTION_NAME.test(key)) ||
      nearest(key, this.#knownKeys) !== undefined
        ? key
        : NOT_SHOWN,
    );
    return shown.join('.');
  }

  #keysAt(path: Path): string[] {
    const map: unknown = this.document.getIn(path, true);
    return isMap(map) ? map.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')) : [];
  }

  #offsetOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const parent: unknown =
        length === 1 ? this.document.contents : this.document.getIn(path.slice(0, length - 1), true);
      if (!isMap(parent)) continue;
      const pair = parent.items.find(
        ({ key }) => (isScalar(key) ? String(key.value) : String(key)) === String(path[length - 1]),
      );
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    return 0;
  }
}

/** An alternative that fails deeper inside was meant; one with unknown keys was not. */
function rank(issues: readonly z.core.$ZodIssue[]): number {
  const unknownKeys = issues.filter(({ code }) => code === 'unrecognized_keys').length;
  return unknownKeys * 10 + issues.length;
}
