import { type AccessKey, awsReader, elementText } from './aws.ts';
import type { BackendSpec } from './backend.ts';

async function isUp(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/moto-api/`)).ok;
  } catch {
    return false;
  }
}

/**
 * Named by a variable, not found on the PATH: Moto 5.2.1 with botocore 1.43.11 was seen to fail the tests of S3's signatures, 5.2.5
 * with 1.44.5 to pass them.
 */
const program = process.env['MOTO_SERVER'] ?? 'MOTO_SERVER';

/** Moto, which keeps what services of AWS would keep; it takes anybody's word until `lock`. */
export const moto: BackendSpec = {
  command: program,
  args: (port) => ['-H', '127.0.0.1', '-p', String(port)],
  environment: () => ({ INITIAL_NO_AUTH_ACTION_COUNT: '1000000' }),
  isReady: isUp,
  secondsToStart: 90,
};

/** Makes a user who may do everything; from then on every request has to be signed with the key. */
export async function lock(port: number): Promise<AccessKey> {
  const reader = awsReader(port, { id: 'anybody', secret: 'anything' });
  const user = { Version: '2010-05-08', UserName: 'saker' };
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  await reader.query('iam', { Action: 'CreateUser', ...user });
  const document = JSON.stringify(policy);
  await reader.query('iam', { Action: 'PutUserPolicy', ...user, PolicyName: 'all', PolicyDocument: document });
  const xml = await reader.query('iam', { Action: 'CreateAccessKey', ...user });
  await reader.close();
  await fetch(`http://127.0.0.1:${port}/moto-api/reset-auth`, { method: 'POST', body: '0' });
  return { id: elementText(xml, 'AccessKeyId'), secret: elementText(xml, 'SecretAccessKey') };
}
