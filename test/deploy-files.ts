import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { buildProgram } from '../cli/program.js';
import { createTerminal } from '../cli/terminal.js';

export const ROOT = resolve(import.meta.dirname, '../..');

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The files below a folder whose name ends so, as paths from the root. */
export function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));
}

const mount = z.union([
  z.string().transform((text) => {
    const [source = '', target = '', mode] = text.split(/(?<!\$\{[^}]*):(?![^{]*\})/);
    return { source, target, isReadOnly: mode === 'ro' };
  }),
  z
    .looseObject({ source: z.string(), target: z.string(), read_only: z.boolean().default(false) })
    .transform(({ source, target, read_only: isReadOnly }) => ({ source, target, isReadOnly })),
]);

const needs = z.record(z.string(), z.looseObject({ condition: z.string() }));

const serviceSchema = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  user: z.string(),
  profiles: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  restart: z.string(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(mount).default([]),
  secrets: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  depends_on: needs.default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  'x-no-healthcheck': z.string().optional(),
  deploy: z.looseObject({
    resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }),
  }),
});

const composeSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

const changeSchema = z.strictObject({
  environment: z.record(z.string(), z.string()),
  secrets: z.array(z.string()).default([]),
});

const encryptionSchema = z.looseObject({
  services: z.looseObject({ codec: z.unknown() }).catchall(changeSchema),
  secrets: composeSchema.shape.secrets,
});

export type Service = z.output<typeof serviceSchema>;

/** docker-compose.yml, with its anchors resolved and its variables as they are written. */
export function readCompose() {
  return composeSchema.parse(parse(read('docker-compose.yml'), { merge: true }));
}

export const ENCRYPTION_COMPOSE = 'deploy/encryption/docker-compose.yml';

/** What turns encryption on in Compose: the services it changes, and the one it adds. */
export function readEncryptionCompose() {
  const { services, secrets } = encryptionSchema.parse(parse(read(ENCRYPTION_COMPOSE), { merge: true }));
  const { codec, ...changed } = services;
  return { codec: serviceSchema.parse(codec), changed, secrets };
}

/** The lines of a file of variables. */
export function parseEnv(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** As Compose puts in variables that nobody has set, or those of `env`. */
export function withDefaults(text: string, env: Readonly<Record<string, string>> = {}): string {
  return text.replaceAll(
    /\$\{(\w+):-([^}]*)\}/g,
    (_, name: string, fallback: string) => env[name] ?? fallback,
  );
}

/** Every object of the YAML files of a folder. */
export function readObjects(folder: string): unknown[] {
  return filesUnder(folder, '.yaml').flatMap((file) =>
    parseAllDocuments(read(file)).map((document): unknown => document.toJS()),
  );
}

/** What in `words`, typed after `quiesce`, the command line does not have. */
export function unknownWords(words: readonly string[]): string[] {
  const nowhere = { write: () => true };
  const terminal = createTerminal(nowhere, nowhere, {});
  let command = buildProgram({ terminal, env: {}, cwd: '/', exitCode: 0 });
  const unknown: string[] = [];
  let isValue = false;
  for (const word of words) {
    const option = command.options.find(({ long }) => long === word);
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (option !== undefined) isValue = option.required;
    else if (isValue) isValue = false;
    else unknown.push(word);
  }
  return unknown;
}
