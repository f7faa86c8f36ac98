import { defineConfig } from 'vitest/config';

const shared = { isolate: false, pool: 'forks' } as const;

/** Unit tests sit beside the code and run anywhere in seconds; oracle tests need captures, kernel tests root and eBPF. */
export default defineConfig({
  test: {
    reporters: ['default', './test/kit/summary-reporter.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['{src,tools,rules}/**/*.test.ts', 'test/{unit,conformance}/**/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          ...shared,
          name: 'backends',
          include: ['test/backends/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
      { test: { ...shared, name: 'delivery', include: ['test/delivery/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { ...shared, name: 'oracle', include: ['test/oracle/**/*.test.ts'], testTimeout: 300_000 } },
      {
        test: {
          ...shared,
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'machines',
          include: ['test/machines/**/*.test.ts'],
          // An emulated machine can be too slow for what runs in it when others need the processors, too.
          retry: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
