import { expect, test } from 'vitest';
import { bootTime, readResources } from './resources.ts';

const files: Readonly<Record<string, string>> = {
  '/proc/self/status': 'Name:\tnode\nVmPeak:\t  900 kB\nVmSize:\t  800 kB\nVmRSS:\t     300 kB\n',
  '/proc/self/smaps_rollup':
    '00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss: 300 kB\nPss: 250 kB\nPss_Dirty: 9 kB\n',
  '/host/proc/stat': 'cpu  100 0 50 800 50 0 0 0 70 0\ncpu0 1 2 3 4 5\nbtime 1700000000\nprocs_running 3\n',
  '/host/proc/meminfo':
    'MemTotal:  1000 kB\nMemFree: 300 kB\nMemAvailable: 600 kB\nBuffers: 100 kB\nCached: 200 kB\nSwapCached: 7 kB\n',
  '/host/proc/sys/fs/file-nr': '1234\t0\t9223372036854775807\n',
  '/second': '4096\n',
};
const read = (file: string): string | undefined => files[file];

test('from the files of the kernel', () => {
  const places = { hostRoot: '/host', containerMemory: ['/first', '/second'] };
  expect(readResources(read, places, { cpuSeconds: 1, seconds: 3 })).toEqual({
    cpuPercent: 33.3,
    rssKb: 300,
    vszKb: 800,
    pssKb: 250,
    containerBytes: 4096,
    // 150 of 1000 ticks; what guests use is in user already.
    hostCpuPercent: 15,
    hostMemoryKb: 400,
    hostRunning: 3,
    hostOpenFds: 1234,
  });
  expect(bootTime(read, '/host')).toBe(1_700_000_000_000_000_000n);
});

test.each([undefined, '', 'nonsense\n', 'cpu\n', 'cpu 1 2\nVmRSS:\n'])('files that tell nothing: %j', (text) => {
  const places = { hostRoot: '', containerMemory: [] };
  const { cpuPercent, ...rest } = readResources(() => text, places, { cpuSeconds: 0, seconds: 0 });
  expect(cpuPercent).toBe(0);
  expect(new Set(Object.values(rest))).toEqual(new Set([undefined]));
});
