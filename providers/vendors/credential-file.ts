import { readFile } from 'node:fs/promises';
import { readSecret, SecretUnreadableError, type SecretRef } from '../secret-ref.js';
import { credentialError } from './credential-error.js';
import { IniSyntaxError, parseIni, type IniSections } from './ini.js';

/**
 * A file in which a vendor's tools keep credentials; undefined when there is none.
 * @throws ProviderError when it is there and cannot be read.
 */
export async function readCredentialFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const { code = 'unknown' } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw credentialError(
      'CredentialFileUnreadable',
      `The credential file ${path} cannot be read (${code}): let the Worker read it.`,
    );
  }
}

/** The same for an ini file, parsed. */
export async function readCredentialIni(path: string): Promise<IniSections | undefined> {
  const text = await readCredentialFile(path);
  try {
    return text === undefined ? undefined : parseIni(text);
  } catch (thrown) {
    if (!(thrown instanceof IniSyntaxError)) throw thrown;
    throw malformedFile(path, `its ${thrown.message}`);
  }
}

/** @param problem says what is wrong, and nothing of what the file holds: parsers quote from it. */
export function malformedFile(path: string, problem: string): Error {
  return credentialError(
    'CredentialFileMalformed',
    `The credential file ${path} cannot be used: ${problem}.`,
  );
}

/**
 * A secret that a connection's credentials name.
 * @throws ProviderError that names the variable or file.
 */
export async function readCredentialSecret(ref: SecretRef, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return await readSecret(ref, 'credentials', env);
  } catch (thrown) {
    if (!(thrown instanceof SecretUnreadableError)) throw thrown;
    throw credentialError(thrown.name, thrown.message);
  }
}
