import { defineConfig } from 'vitest/config';

/** Unit tests sit beside the code and run anywhere; the kernel and container suites need root and have their own projects. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'tools/**/*.test.ts', 'rules/**/*.test.ts'],
          isolate: false,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'oracle',
          include: ['test/oracle/**/*.test.ts'],
          isolate: false,
          pool: 'forks',
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          isolate: false,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
