import { z } from 'zod';
import { HuaweiRefusal, type HuaweiOutput } from './simulate-answer.js';
import type { HuaweiCall, HuaweiRoute, HuaweiSwitches } from './simulate-routes.js';
import { SIMULATED_CREDENTIALS } from '../simulated-credentials.js';

const { huawei: ACCOUNT } = SIMULATED_CREDENTIALS;
const REGION = /^[a-z]{2}(-[a-z0-9]+)+-\d+$/;

export interface IamSwitches extends HuaweiSwitches {
  readonly tokenLifeMs: number;
}

const tokenRequest = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.tuple([z.literal('password')]),
      password: z.object({
        user: z.object({
          domain: z.object({ name: z.string() }),
          name: z.string(),
          password: z.string(),
        }),
      }),
    }),
    scope: z.object({
      project: z.union([z.object({ id: z.string() }), z.object({ name: z.string() })]),
    }),
  }),
});

/**
 * IAM as far as a service's client needs it. Every region has one project, and all have the same id. One provider
 * answers these, for all that share the gateway.
 */
export function iamRoutes<Switches extends IamSwitches>(): readonly HuaweiRoute<Switches>[] {
  return [
    {
      operation: 'KeystoneCreateUserTokenByPassword',
      method: 'POST',
      path: /^\/v3\/auth\/tokens$/,
      open: true,
      errorShape: 'keystone',
      run: createToken,
    },
    {
      operation: 'KeystoneListProjects',
      method: 'GET',
      path: /^\/v3\/projects$/,
      errorShape: 'keystone',
      run: listProjects,
    },
  ];
}

/** @see https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html */
function createToken({ world, gateway, input, query }: HuaweiCall<IamSwitches>): HuaweiOutput {
  const request = tokenRequest.safeParse(input);
  if (!request.success) throw new HuaweiRefusal(400, 'Bad Request', 'The request body is invalid.');
  const { identity, scope } = request.data.auth;
  const { user } = identity.password;
  const isUser =
    user.domain.name === ACCOUNT.domainName &&
    user.name === ACCOUNT.userName &&
    user.password === ACCOUNT.password;
  if (!isUser) throw new HuaweiRefusal(401, 'Unauthorized', 'The username or password is wrong.');
  const named =
    'id' in scope.project ? scope.project.id === ACCOUNT.projectId : REGION.test(scope.project.name);
  if (!named)
    throw new HuaweiRefusal(401, 'Unauthorized', "The project does not exist or is not the user's.");
  const now = world.now();
  const expiresAt = now + world.settings.switches.tokenLifeMs;
  const token = gateway.issueToken(expiresAt);
  const domain = { id: 'simulated-domain', name: ACCOUNT.domainName };
  const project = {
    id: ACCOUNT.projectId,
    name: 'name' in scope.project ? scope.project.name : 'cn-north-4',
  };
  return {
    status: 201,
    headers: { 'x-subject-token': token },
    output: {
      token: {
        methods: ['password'],
        issued_at: microseconds(now),
        expires_at: microseconds(expiresAt),
        user: { id: 'simulated-user', name: ACCOUNT.userName, domain },
        project: { ...project, domain },
        roles: [],
        ...(query.get('nocatalog') === null && { catalog: [] }),
      },
    },
  };
}

/** @see https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html */
function listProjects({ query }: HuaweiCall<IamSwitches>): HuaweiOutput {
  const name = query.get('name') ?? 'cn-north-4';
  const projects = REGION.test(name) ? [{ id: ACCOUNT.projectId, name, enabled: true }] : [];
  return { status: 200, output: { projects, links: {} } };
}

/** IAM's times have six digits after the second. */
const microseconds = (at: number) => new Date(at).toISOString().replace('Z', '000Z');
