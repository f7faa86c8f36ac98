import { describeCalls } from './calls/check.ts';
import { groups } from './calls/groups.ts';
import { record, runProgram, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of the calls are skipped: ${reason}`);

describeCalls('calls', reason, groups, async (program, work, syscalls) => {
  let output = '';
  const recording = await record({ syscalls, bufferBytes: 128 << 20 }, async () => {
    ({ output } = await runProgram(program, [work]));
  });
  return { output, recording };
});
