import { z } from 'zod';
import { DURATION_FORM, parseDurationMs } from '../contract/duration.js';

const DEFAULT_BODY_LIMIT_BYTES = 1_048_576;
const LARGEST_BODY_LIMIT_BYTES = 104_857_600;
const LONGEST_DRAIN_MS = 600_000;

const file = z.string().min(1);

const oidcSchema = z
  .strictObject({
    issuer: z
      .string()
      .regex(
        /^https:\/\/|^http:\/\/(localhost|127\.|\[::1\])/,
        'must be a https:// address (http:// on loopback alone)',
      )
      .describe('The issuer, as its tokens say; its keys are found by its discovery document.'),
    audience: z.string().min(1).describe('What its tokens for this service say as their audience.'),
    nameClaim: z
      .string()
      .min(1)
      .default('sub')
      .describe('The claim that names the caller; requested-by is oidc: and its value.'),
    scopesClaim: z
      .string()
      .min(1)
      .default('scope')
      .describe('The claim that says what the caller may do: words in a text, or a list.'),
    scopes: z
      .strictObject({
        read: z.array(z.string().min(1)).default(['quiesce:read']),
        cancel: z.array(z.string().min(1)).default(['quiesce:cancel']),
        campaign: z.array(z.string().min(1)).default(['quiesce:campaign']),
      })
      .prefault({})
      .describe('Which values of that claim stand for which scope.'),
    connectionsClaim: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A claim with the names of the only connections the caller may use. A token without it may use none.',
      ),
  })
  .describe('Bearer tokens of an OpenID Connect issuer.');

const rateLimitSchema = z
  .strictObject({
    calls: z.int().min(1),
    per: z
      .string()
      .refine((text) => (parseDurationMs(text) ?? 0) >= 1_000, `must be ${DURATION_FORM}, and at least 1s`),
  })
  .nullable()
  .default({ calls: 1_200, per: '1m' })
  .describe('How many requests a caller may make; null lifts it. Each process counts for itself.');

const drainForSchema = z
  .string()
  .refine(
    (text) => (parseDurationMs(text) ?? Infinity) <= LONGEST_DRAIN_MS,
    `must be ${DURATION_FORM}, and at most 10m`,
  )
  .default('5s')
  .describe('How long it goes on answering when it has been told to stop, while /readyz says 503.');

/** The section `api` of the config: the HTTP service. */
export const apiSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('The address it listens on.'),
    port: z.int().min(0).max(65_535).default(8080).describe('0 for any free port.'),
    tls: z
      .strictObject({ cert: file, key: file })
      .optional()
      .describe(
        'PEM files. Without them it speaks plain HTTP, which is for loopback and for behind a proxy.',
      ),
    trustedHops: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe('How many proxies stand before it; so many entries of X-Forwarded-For are believed.'),
    keysFile: file.optional().describe('Where `quiesce keys` keeps the hashes of API keys.'),
    oidc: oidcSchema.optional(),
    temporalUiUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("The Temporal UI's address: the page at / links to it."),
    rateLimit: rateLimitSchema,
    heldPerCaller: z
      .int()
      .min(1)
      .nullable()
      .default(100)
      .describe(
        'How many event streams and long polls a caller may have open at a time; null lifts it. Each process counts for itself.',
      ),
    drainFor: drainForSchema,
    bodyLimitBytes: z
      .int()
      .min(1_024)
      .max(LARGEST_BODY_LIMIT_BYTES)
      .default(DEFAULT_BODY_LIMIT_BYTES)
      .describe(
        'The largest body of a request; lists of targets are streamed and have a limit of their own.',
      ),
  })
  .describe('The HTTP service, `quiesce api`. Paths of files are relative to the config.');

export type ApiSettings = z.output<typeof apiSchema>;
export type OidcSettings = z.output<typeof oidcSchema>;
