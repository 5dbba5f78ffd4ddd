import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Api } from '../api.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The package, from where this file is compiled to. */
const ROOT = new URL('../../../', import.meta.url);
const PAGE = 'api/page/';

/** Modules of ours without imports, which browsers read as they are: the page has the words of the command line. */
const SHARED = ['client/count.js', 'client/outcomes.js', 'client/ui-url.js', 'contract/duration.js'];

/** By address; they stand to each other as in the repository, so that imports lead to the same files for a browser and for tsc. */
async function filesOfPage(): Promise<ReadonlyMap<string, URL>> {
  const own = (await readdir(new URL(PAGE, ROOT))).filter((name) => extname(name) in TYPES);
  return new Map([
    ['/', new URL(`${PAGE}index.html`, ROOT)],
    ...own.map((name) => [`/${PAGE}${name}`, new URL(PAGE + name, ROOT)] as const),
    ...SHARED.map((path) => [`/${path}`, new URL(`dist/${path}`, ROOT)] as const),
    ['/uplot/uPlot.js', new URL(import.meta.resolve('uplot/dist/uPlot.iife.min.js'))],
    ['/uplot/uPlot.css', new URL(import.meta.resolve('uplot/dist/uPlot.min.css'))],
  ]);
}

/** The page at `/`: a few files, kept in memory. It holds nothing secret; what it shows, it asks for with a credential. */
export async function pageRoutes(app: Api): Promise<void> {
  for (const [path, file] of await filesOfPage()) await serve(app, path, file);
}

async function serve(app: Api, path: string, file: URL): Promise<void> {
  const plain = await readFile(file);
  const zipped = await promisify(gzip)(plain);
  // Weak, since it is the same for both.
  const etag = `W/"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  const type = TYPES[extname(file.pathname)] ?? 'application/octet-stream';
  // To refuse one would cost no less than to answer it.
  const config = { scope: 'open', rateLimit: false } as const;
  app.get(path, { config, schema: { hide: true } }, ({ headers }, reply) => {
    reply.headers({ etag, 'cache-control': 'no-cache', vary: 'accept-encoding' });
    if (headers['if-none-match'] === etag) return reply.code(304).send();
    reply.type(type);
    if (!takesGzip(headers['accept-encoding'])) return reply.send(plain);
    return reply.header('content-encoding', 'gzip').send(zipped);
  });
}

function takesGzip(accepted = ''): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\s*(?:,|$))/i.test(accepted);
}
