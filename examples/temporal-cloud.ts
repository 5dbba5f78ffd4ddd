// Connects to Temporal Cloud with an API key that is read anew for every call, so that it can be changed without a restart.
import { readFileSync } from 'node:fs';
import { Quiesce } from 'quiesce/client';

// For example eu-central-1.aws.api.temporal.io:7233, quiesce.a1b2c and /run/secrets/temporal-api-key.
const [address = '', namespace = '', keyFile = ''] = process.argv.slice(2);

const quiesce = await Quiesce.connect({
  address,
  namespace,
  apiKey: () => readFileSync(keyFile, 'utf8').trim(), // It goes over TLS, which needs no setting beside a key.
});
try {
  for await (const { id, verdict, startedAt } of quiesce.list({ running: false, limit: 20 })) {
    console.log(startedAt, id, verdict);
  }
} finally {
  await quiesce.close();
}
