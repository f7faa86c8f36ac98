import { secretOr, textOr } from '../model/schema.ts';
import type { AwsConfig } from './aws.ts';

/** Keys of the section `yandex`, for all of its outputs. */
export const yandexOptions = {
  accesskeyid: textOr('', 'Id of a static access key.'),
  secretaccesskey: secretOr('', 'The access key.'),
  region: textOr('ru-central1', 'Region.'),
} as const;
export const yandexShared = Object.keys(yandexOptions);

/** Its services are signed as AWS's are; roles and identities it has none of. */
export function asAws(config: { accesskeyid: string; secretaccesskey: string; region: string }): AwsConfig {
  if (config.accesskeyid === '') throw new Error('yandex.accesskeyid and yandex.secretaccesskey are wanted');
  return { ...config, rolearn: '', externalid: '', checkidentity: false };
}
