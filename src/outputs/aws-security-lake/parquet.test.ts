import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { exampleNotice, exampleNotices, hostileNotice } from '../../../test/kit/notice.ts';
import { findings } from './parquet.ts';

test('a parquet reader finds the alerts again, with their structures', async () => {
  const batch = [...exampleNotices(3), hostileNotice()];
  const bytes = findings(batch, { version: '1.2.3', region: 'eu-central-1', account: '123456789012' });
  const file = new Uint8Array(bytes).buffer;
  const rows = await parquetReadObjects({ file });
  expect(rows).toHaveLength(4);
  expect(rows[0]).toMatchObject({
    class_uid: 2001,
    type_uid: 200_101n,
    time: 1_795_238_965_123n,
    severity_id: 2,
    finding: { title: exampleNotice.rule, uid: exampleNotice.uuid },
    metadata: { product: { name: 'Saker', version: '1.2.3' } },
    cloud: { provider: 'AWS', region: 'eu-central-1', account: { uid: '123456789012' } },
  });
  expect(rows.map((row) => row['raw_data'])).toEqual(batch.map(({ json }) => json));
});
