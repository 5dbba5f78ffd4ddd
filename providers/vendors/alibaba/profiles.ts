import { join } from 'node:path';
import { z } from 'zod';
import { isOn } from './environment.js';
import type { AlibabaGrant } from './grant.js';
import { CLI_PROFILE, grantOfProfile, INI_PROFILE } from './profile-modes.js';
import {
  credentialFile,
  malformedFile,
  readCredentialFile,
  readCredentialIni,
  type CredentialFile,
} from '../credentials/credential-file.js';
import { ProfileFields } from '../credentials/profile-fields.js';

const cliConfig = z.object({
  current: z.string().optional(),
  profiles: z.array(z.looseObject({ name: z.string() })),
});

export interface ProfilePlaces {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A profile by its name, and what names it, for errors: a name that is wrong may be a secret in the wrong place. */
export interface NamedProfile {
  readonly name: string;
  /** Such as `credentials.profile`. */
  readonly setting: string;
}

/** The files that profiles are looked for in, for errors. */
export function profilePlaces(places: ProfilePlaces): string {
  const { cli, ini } = profileFiles(places);
  return cli === undefined ? ini.name : `${cli.name} or ${ini.name}`;
}

/**
 * What a profile grants; undefined when neither file has it.
 * @param named left out: the command line's current profile, then `[default]`.
 * @throws ProviderError when it is there and cannot be used.
 */
export async function profileGrant(
  named: NamedProfile | undefined,
  places: ProfilePlaces,
): Promise<AlibabaGrant | undefined> {
  const { cli, ini } = profileFiles(places);
  const ofCli = cli === undefined ? undefined : await cliGrant(named, cli);
  return ofCli ?? iniGrant(named, ini);
}

function profileFiles({ home, env }: ProfilePlaces) {
  const usual = join(home, '.alibabacloud', 'credentials');
  const ini = credentialFile(usual, 'ALIBABA_CLOUD_CREDENTIALS_FILE', env);
  if (isOn(env['ALIBABA_CLOUD_CLI_PROFILE_DISABLED'])) return { ini };
  return { cli: credentialFile(join(home, '.aliyun', 'config.json')), ini };
}

async function cliGrant(
  named: NamedProfile | undefined,
  file: CredentialFile,
): Promise<AlibabaGrant | undefined> {
  const text = await readCredentialFile(file);
  if (text === undefined) return undefined;
  const { current, profiles } = parseCliConfig(text, file);
  const wanted = named?.name ?? current;
  const found = profiles.find((each) => each.name === wanted);
  if (found === undefined) return undefined;
  const which = named === undefined ? 'The current profile' : `The profile that ${named.setting} names`;
  const profile = new ProfileFields(`${which}, in ${file.name},`, (field) => found[field]);
  return grantOfProfile(profile, CLI_PROFILE);
}

async function iniGrant(
  named: NamedProfile | undefined,
  file: CredentialFile,
): Promise<AlibabaGrant | undefined> {
  const section = (await readCredentialIni(file))?.get(named?.name ?? 'default');
  if (section === undefined) return undefined;
  const which = named === undefined ? 'The profile [default]' : `The profile that ${named.setting} names`;
  const profile = new ProfileFields(`${which}, in ${file.name},`, (field) => section.get(field));
  return grantOfProfile(profile, INI_PROFILE);
}

function parseCliConfig(text: string, file: CredentialFile): z.output<typeof cliConfig> {
  try {
    return cliConfig.parse(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    // Neither error is told: JSON.parse quotes the text.
    throw malformedFile(file, 'it is not the JSON that `aliyun configure` writes');
  }
}
