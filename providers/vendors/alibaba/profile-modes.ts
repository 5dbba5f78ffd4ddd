import type { AlibabaGrant } from './grant.js';
import { regionalStsEndpoint, type AlibabaRole } from './sts.js';
import { credentialError } from '../credentials/credential-error.js';
import type { ProfileFields } from '../credentials/profile-fields.js';

type Modes = Readonly<Record<string, (profile: ProfileFields) => AlibabaGrant>>;

/** Modes of `~/.aliyun/config.json`, and the fields they have there. @see https://www.alibabacloud.com/help/en/cli/configure-credentials/ */
const CLI_MODES = {
  AK: keysOf,
  StsToken: (profile) => ({ keys: { ...keysOf(profile).keys, securityToken: profile.need('sts_token') } }),
  RamRoleArn: (profile) => {
    const securityToken = profile.text('sts_token'); // Where the keys that assume the role are temporary.
    const { keys } = keysOf(profile);
    return {
      role: { ...cliRole(profile), externalId: profile.text('external_id') },
      from: { keys: { ...keys, ...(securityToken && { securityToken }) } },
    };
  },
  EcsRamRole: (profile) => ({ instanceRole: profile.text('ram_role_name') ?? true }),
  OIDC: (profile) => ({
    oidcRole: {
      ...cliRole(profile),
      providerArn: profile.need('oidc_provider_arn'),
      tokenFile: profile.need('oidc_token_file'),
      tokenFileSetting: 'oidc_token_file of the profile',
    },
  }),
} as const satisfies Modes;

/** The other modes there are. Listed, since an error tells nothing of a file but words that are known. */
const REFUSED_CLI_MODES: readonly string[] = [
  'BearerToken',
  'ChainableRamRoleArn',
  'CloudSSO',
  'CredentialsURI',
  'External',
  'OAuth',
  'RamRoleArnWithRoleName',
  'RsaKeyPair',
];

/** Types of `~/.alibabacloud/credentials`. */
const INI_TYPES = {
  access_key: keysOf,
  ecs_ram_role: (profile) => ({ instanceRole: profile.text('role_name') ?? true }),
  ram_role_arn: (profile) => ({
    role: {
      roleArn: profile.need('role_arn'),
      sessionName: profile.text('role_session_name'),
      policy: profile.text('policy'),
    },
    from: keysOf(profile),
  }),
} as const satisfies Modes;

/** What a profile of one kind of file may be. */
export interface ProfileKind {
  /** The field that tells. */
  readonly field: string;
  readonly modes: Modes;
  readonly refused: readonly string[];
}

export const CLI_PROFILE: ProfileKind = { field: 'mode', modes: CLI_MODES, refused: REFUSED_CLI_MODES };
export const INI_PROFILE: ProfileKind = { field: 'type', modes: INI_TYPES, refused: [] };

/** @throws ProviderError when the profile is of a mode that is not supported, or lacks a field. */
export function grantOfProfile(profile: ProfileFields, { field, modes, refused }: ProfileKind): AlibabaGrant {
  const mode = profile.text(field) ?? '';
  const grant = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (grant !== undefined) return grant(profile);
  const what = refused.includes(mode) ? `the ${field} ${mode}` : `a ${field} that is not known`;
  throw credentialError(
    'ProfileNotSupported',
    `${profile.where} has ${what}: use one with ${Object.keys(modes).join(', ')}, or name other credentials.`,
  );
}

function keysOf(profile: ProfileFields) {
  const accessKeyId = profile.need('access_key_id');
  return { keys: { accessKeyId, accessKeySecret: profile.need('access_key_secret') } };
}

function cliRole(profile: ProfileFields): AlibabaRole {
  const region = profile.text('sts_region');
  const host = profile.text('sts_endpoint'); // Without a scheme, as the command line writes it.
  const ofRegion = region && regionalStsEndpoint(region, profile.isTrue('enable_vpc'));
  return {
    roleArn: profile.need('ram_role_arn'),
    sessionName: profile.text('ram_session_name'),
    policy: profile.text('policy'),
    durationSeconds: profile.number('expired_seconds'),
    stsEndpoint: host === undefined ? ofRegion : host.includes('://') ? host : `https://${host}`,
  };
}
