import { spawn, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { StateRepair } from '../../src/app/repair.ts';
import { Pipeline } from '../../src/pipeline/pipeline.ts';
import { runSensor } from '../../src/sources/ebpf/run.ts';
import { lookupThread } from '../../src/sources/linux/procfs/scan.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { compileProgram, defaults, runProgram, whyNot } from './sensor-kit.ts';

/** Waits for something that comes for certain. */
async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (holds()) return;
    await sleep(20);
  }
  throw new Error(`no ${what}`);
}

it.skipIf(whyNot() !== '')('after a loss, programs and descriptors of living processes are right again', async () => {
  const flood = compileProgram('sensor-flood');
  const machine = new MachineState({ lookupThread });
  const repair = new StateRepair(machine);
  let lost = 0;
  const pipeline = new Pipeline({
    state: machine,
    judge: { evaluate: () => [] },
    onMatch: () => undefined,
    onLost: (count, _, details) => {
      lost += count;
      repair.lost(details);
    },
  });
  const stop = new AbortController();
  // While this is pending, nobody reads the rings.
  let gate: Promise<void> | undefined;
  const running = runSensor(
    { ...defaults, bufferBytes: 65_536, syscalls: '' },
    { sink: pipeline, signal: stop.signal, batchEnd: () => gate },
  );
  // Closes what it had, opens something else, and becomes another program: all of it at a word.
  const script = 'exec 6</etc/passwd; echo ready; read x; exec 6<&-; exec 7</etc/group; echo done; exec sleep 60';
  const child = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text) => void (said += String(text)));
  const pid = child.pid!;
  const nameOf = (fd: number): string | undefined => machine.thread(pid)?.fds?.get(fd)?.path?.text;
  try {
    await eventually('shell', () => said === 'ready\n');
    await eventually('first state', () => machine.thread(pid)?.comm === 'bash' && nameOf(6) === '/etc/passwd');
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => (open = resolve));
    await runProgram(flood.path, ['20000']);
    for (let i = 0; i < 100; i++) spawnSync('true', ['x'.repeat(3000)]);
    child.stdin.write('go\n');
    await eventually('change', () => said === 'ready\ndone\n');
    await sleep(50);
    gate = undefined;
    open();
    await eventually('loss', () => lost > 0);
    // The exec is a critical event, and came through.
    await eventually('repair', () => machine.thread(pid)?.comm === 'sleep' && nameOf(7) === '/etc/group');
    expect(machine.thread(pid)).toMatchObject({
      comm: 'sleep',
      exepath: expect.stringMatching(/\/(sleep|coreutils)$/),
    });
    expect(machine.thread(pid)?.args).toEqual(['60']);
    expect([nameOf(6), nameOf(7)]).toEqual([undefined, '/etc/group']);
    expect(repair.counts.wrong).toBeGreaterThan(0);
  } finally {
    child.kill('SIGKILL');
    stop.abort();
    await running;
    repair.close();
    flood.remove();
  }
});
