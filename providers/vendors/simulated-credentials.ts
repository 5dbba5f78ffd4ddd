/** The made-up credentials that the simulator accepts, by vendor: none of them opens anything else. */
export const SIMULATED_CREDENTIALS = {
  aws: { accessKeyId: 'AKIASIMULATED0000001', secretAccessKey: 'simulated/not/a/secret/aws/0000000000001' },
  alibaba: { accessKeyId: 'LTAISimulated00000000001', accessKeySecret: 'simulatedNotASecretAlibaba0001' },
  alibabaTemporary: {
    accessKeyId: 'STS.Simulated0000000001',
    accessKeySecret: 'simulatedNotASecretAlibabaSts0001',
    securityToken: 'simulated/not+a/secret/token==',
  },
  huawei: {
    ak: 'SIMULATEDHUAWEI00001',
    sk: 'simulatedNotASecretHuawei000000000000001',
    projectId: '0123456789abcdef0123456789abcdef',
    domainName: 'simulated-account',
    userName: 'simulated-user',
    password: 'simulated-not-a-password-huawei-1',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

export type SimulatedCredentials = typeof SIMULATED_CREDENTIALS;
