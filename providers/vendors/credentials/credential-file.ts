import { readFile } from 'node:fs/promises';
import { readSecret, SecretUnreadableError, type SecretRef } from '../../secret-ref.js';
import { credentialError } from './credential-error.js';
import { IniSyntaxError, parseIni, type IniSections } from './ini.js';

/** A file in which a vendor's tools keep credentials. */
export interface CredentialFile {
  readonly path: string;
  /** For errors: its usual path, or `the file that VARIABLE names`. What a variable holds may not be a path at all. */
  readonly name: string;
}

/** The file that a variable names, or the usual one. */
export function credentialFile(
  usual: string,
  variable?: string,
  env: NodeJS.ProcessEnv = {},
): CredentialFile {
  const path = variable === undefined ? undefined : env[variable];
  return path ? { path, name: `the file that ${variable} names` } : { path: usual, name: usual };
}

/**
 * What a credential file holds; undefined when there is none.
 * @throws ProviderError when it is there and cannot be read.
 */
export async function readCredentialFile({ path, name }: CredentialFile): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw credentialError(
      'CredentialFileUnreadable',
      `The Worker cannot read its credentials (${code}): ${name}.`,
    );
  }
}

/** The same for an ini file, parsed. */
export async function readCredentialIni(file: CredentialFile): Promise<IniSections | undefined> {
  const text = await readCredentialFile(file);
  try {
    return text === undefined ? undefined : parseIni(text);
  } catch (thrown) {
    if (!(thrown instanceof IniSyntaxError)) throw thrown;
    throw malformedFile(file, thrown.message);
  }
}

/** @param problem says what is wrong, and nothing of what the file holds: parsers quote from it. */
export function malformedFile({ name }: CredentialFile, problem: string): Error {
  return credentialError('CredentialFileMalformed', `Credentials cannot be read from ${name}: ${problem}.`);
}

/**
 * A secret that a connection's credentials name.
 * @param setting where the reference stands, such as `credentials.accessKeyId`.
 * @throws ProviderError that names the setting.
 */
export async function readCredentialSecret(
  ref: SecretRef,
  setting: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  try {
    return await readSecret(ref, setting, env);
  } catch (thrown) {
    if (!(thrown instanceof SecretUnreadableError)) throw thrown;
    throw credentialError(thrown.name, thrown.message);
  }
}
