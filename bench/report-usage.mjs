import { writeSync } from 'node:fs';

/** Loaded before a program (`node --import`): writes what the whole process used to descriptor 3 when it ends. */
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeSync(3, JSON.stringify({ cpuMicroseconds: userCPUTime + systemCPUTime, peakKb: maxRSS }));
});
