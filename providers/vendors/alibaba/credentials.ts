import { z } from 'zod';
import { secretEndpointSetting } from '../../endpoint-setting.js';
import { secretRef } from '../../secret-ref.js';

const roleArn = z
  .string()
  .regex(/^acs:ram::\d+:role\/\S+$/, 'must be a role such as acs:ram::1234567890123456:role/quiesce')
  .describe('The ARN of the RAM role.');

const sessionName = z
  .string()
  .regex(/^[\w.@-]{2,64}$/, 'must be 2 to 64 letters, digits and . @ - _')
  .optional()
  .describe(
    "The session's name in the audit log. Left out: ALIBABA_CLOUD_ROLE_SESSION_NAME, then `quiesce`.",
  );

/** Tokens go to STS, and keys come from it. */
const stsEndpoint = secretEndpointSetting
  .optional()
  .describe(
    'Replaces https://sts.aliyuncs.com, and what ALIBABA_CLOUD_STS_REGION and ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED say.',
  );

const keys = z.strictObject({
  accessKeyId: secretRef.describe('The AccessKey ID, by reference.'),
  accessKeySecret: secretRef.describe('The AccessKey secret, by reference.'),
  securityToken: secretRef.optional().describe('The security token of temporary keys, by reference.'),
});

const profile = z.strictObject({
  profile: z
    .string()
    .min(1, 'must be the name of a profile')
    .describe(
      'A profile of ~/.aliyun/config.json or ~/.alibabacloud/credentials. It may ask for the role of the ECS instance.',
    ),
});

const ecsRole = z.strictObject({
  ecsRole: z
    .union([z.literal(true), z.string().min(1)], { error: 'must be true, or the name of the role' })
    .describe(
      'The RAM role of the ECS instance the Worker runs on: its name, or true for the one it has. Nothing else asks the metadata service.',
    ),
});

const oidc = z.strictObject({
  oidc: z
    .strictObject({
      roleArn,
      providerArn: z.string().min(1).describe('The ARN of the OIDC identity provider.'),
      tokenFile: z.string().min(1).describe('The file with the OIDC token; it is read at each renewal.'),
      sessionName,
      stsEndpoint,
    })
    .describe('A RAM role, assumed with an OIDC token (AssumeRoleWithOIDC), as by RRSA in Kubernetes.'),
});

const assumeRole = z.strictObject({
  assumeRole: z
    .strictObject({
      roleArn,
      sessionName,
      externalId: z
        .string()
        .min(2)
        .max(1224)
        .optional()
        .describe('The external ID that the role asks for; it is no secret.'),
      durationSeconds: z
        .int()
        .min(900, 'must be 900 seconds at least')
        .max(43_200, 'must be 43200 seconds (12 hours) at most')
        .optional()
        .describe("How long the keys live, at most the role's own maximum. Left out: 3600."),
      from: z
        .union([keys, profile, ecsRole, oidc])
        .optional()
        .describe('The credentials that assume the role. Left out: as when `credentials` is left out.'),
      stsEndpoint,
    })
    .describe('A RAM role, assumed with other credentials (AssumeRole).'),
});

/** The `credentials` setting of every connection to Alibaba Cloud. */
export const alibabaCredentials = z
  .union([keys, profile, ecsRole, oidc, assumeRole])
  .optional()
  .describe(
    'Left out: ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET (and ALIBABA_CLOUD_SECURITY_TOKEN), then ALIBABA_CLOUD_ROLE_ARN with ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE, then the current profile of ~/.aliyun/config.json, then [default] of ~/.alibabacloud/credentials. Never the metadata service of an instance.',
  );

export type AlibabaCredentials = z.output<typeof alibabaCredentials>;
