import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { filesUnder, read } from './deploy-files.js';

/** A link of a page in docs/ to a file of the project. */
export interface FileLink {
  readonly words: string;
  /** From the root. */
  readonly path: string;
}

export function linksOf(text: string): FileLink[] {
  return Array.from(text.matchAll(/\[([^\]]+)\]\(\.\.\/([^)#]+)[^)]*\)/g), ([, words = '', path = '']) => ({
    words,
    path,
  }));
}

/** Holds a link to what it names: a test by its title, a file with tests, or what tests of its folder work with. */
export function checkNamed({ words, path }: FileLink): void {
  const isFile = words === `\`${path}\``;
  if (!path.endsWith('.test.ts')) {
    const users = filesUnder(dirname(path), '.ts').filter((file) =>
      read(file).includes(`/${path.slice(dirname(path).length + 1, -'.ts'.length)}.js'`),
    );
    assert.ok(isFile && users.length > 0, `no test works with ${path}`);
    return;
  }
  // A table of stories gives its tests their titles: none need stand in the file.
  if (isFile) assert.match(read(path), /^[^/*]*\b(?:it|test)\(/m, `${path} has no test`);
  else assert.ok(titlesIn(path).includes(words), `${path} has no test "${words}"`);
}

function titlesIn(path: string): string[] {
  return Array.from(read(path).matchAll(/\b(?:it|test)\(\s*(['"`])(.+?)\1,/g), ([, , title = '']) =>
    title.replaceAll('\\', ''),
  );
}
