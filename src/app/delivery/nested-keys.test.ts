import { expect, test } from 'vitest';
import { output, type OutputSpec, singly } from '../../model/output.ts';
import { count, flag, object, textOr } from '../../model/schema.ts';
import { loadDelivery } from './load.ts';

const store = output({
  id: 'store',
  title: 'Store',
  summary: 'For tests.',
  since: '0.1.0',
  stability: 'stable',
  category: 'logs',
  section: 'store',
  config: object({
    address: textOr('', 'Where to.'),
    'batching.enabled': flag(false, 'Whether.'),
    'batching.batchsize': count(5, 'How much.'),
  }),
  isEnabled: ({ address }) => address !== '',
  batch: singly,
  examples: [],
  open: () => ({ send: () => Promise.resolve({ kind: 'ok' as const }), close: () => undefined }),
});

const address = 'address: http://x';

test.each([
  [`store: {${address}}`, {}, false, 5, []],
  [`store: {${address}, batching: {enabled: true, batchsize: 7}}`, {}, true, 7, []],
  [`Store: {${address}, Batching: {Enabled: true}}`, {}, true, 5, []],
  [`store: {${address}}`, { STORE_BATCHING_ENABLED: 'true', STORE_BATCHING_BATCHSIZE: '8' }, true, 8, []],
  [`store: {${address}, batching: {size: 1}}`, {}, false, 5, ["unknown key 'store.batching.size'; it is ignored"]],
])('keys of a map in a section: %s %j', (text, environment, enabled, size, problems) => {
  const files = { read: () => text };
  const specs = [store as unknown as OutputSpec];
  const loaded = loadDelivery({ file: 'c.yaml', environment, files, specs, intakes: [] });
  expect(loaded.diagnostics.map(({ message }) => message)).toEqual(problems);
  expect(loaded.outputs).toMatchObject([{ options: { 'batching.enabled': enabled, 'batching.batchsize': size } }]);
});
