import { z } from 'zod';
import { secretRef } from '../../secret-ref.js';

const keys = z.strictObject({
  ak: secretRef.describe('The access key (AK), by reference.'),
  sk: secretRef.describe('The secret access key (SK), by reference.'),
  securityToken: secretRef.optional().describe('The security token of temporary keys, by reference.'),
});

const profile = z.strictObject({
  profile: z
    .string()
    .min(1, 'must be the name of a section')
    .describe(
      'A section of ~/.huaweicloud/credentials, or of the file that HUAWEICLOUD_SDK_CREDENTIALS_FILE names: ak, sk, and perhaps security_token, project_id and iam_endpoint.',
    ),
});

const ecsAgency = z.strictObject({
  ecsAgency: z
    .literal(true)
    .describe('The agency of the ECS instance the Worker runs on. Nothing else asks the metadata service.'),
});

const user = z.strictObject({
  user: z
    .strictObject({
      domainName: z.string().min(1).describe("The account's name."),
      userName: z.string().min(1).describe("The IAM user's name: a HUAWEI ID itself cannot obtain a token."),
      password: secretRef.describe("The IAM user's password, by reference."),
    })
    .describe('An IAM user with a password, for tokens instead of signatures. Huawei advises keys.'),
});

/** The `credentials` setting of every connection to Huawei Cloud. */
export const huaweiCredentials = z
  .union([keys, profile, ecsAgency, user])
  .optional()
  .describe(
    'Left out: HUAWEICLOUD_SDK_AK and HUAWEICLOUD_SDK_SK (and HUAWEICLOUD_SDK_SECURITY_TOKEN, HUAWEICLOUD_SDK_PROJECT_ID), then [basic] of ~/.huaweicloud/credentials. Never the metadata service of an instance.',
  );

export type HuaweiCredentials = z.output<typeof huaweiCredentials>;
/** Those with which requests are signed. */
export type HuaweiKeyCredentials = Exclude<HuaweiCredentials, { user: unknown }>;
