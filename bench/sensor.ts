/**
 * Cost of the live sensor: `node bench/sensor.ts [calls]`. Runs test/kernel/sensor-flood without the sensor, with the
 * sensor but without interest in its calls, and with interest, and prints nanoseconds per call on the side of the load,
 * CPU time of this process per event, and drops.
 */
import { compileProgram, defaults, runProgram } from '../test/kernel/sensor-kit.ts';
import { runSensor } from '../src/sources/ebpf/run.ts';

const calls = Number(process.argv[2] ?? 2_000_000);
const program = compileProgram('sensor-flood');

async function load(kind: string): Promise<number> {
  const { output } = await runProgram(program.path, [String(calls), ...(kind === 'open' ? ['open'] : [])]);
  return Number(output);
}

async function measure(title: string, kind: string, syscalls: string, ringBytes = defaults.bufferBytes): Promise<void> {
  const stop = new AbortController();
  let started: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (started = resolve));
  let count = 0;
  let bytes = 0;
  let lost = 0;
  const sink = {
    snapshot: () => started(),
    event(_bytes: Buffer, view: DataView, header: number): void {
      count++;
      bytes += view.getUint32(header - 6, true);
    },
    lost: (n: number) => void (lost += n),
  };
  const running = runSensor(
    { ...defaults, syscalls, bufferBytes: ringBytes },
    { signal: stop.signal, sink, batchEnd: () => undefined },
  );
  await ready;
  const before = process.cpuUsage();
  const perCall = await load(kind);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const used = process.cpuUsage(before);
  stop.abort();
  await running;
  const cpu = ((used.user + used.system) * 1000) / Math.max(1, count);
  const size = count > 0 ? (bytes / count).toFixed(0) : '-';
  console.log(
    `${title.padEnd(44)} ${perCall.toFixed(0).padStart(6)} ns/call, ${count} events of ${size} bytes, ` +
      `${count > calls / 10 ? `${cpu.toFixed(0)} ns CPU/event here` : ''}, ${lost} lost`,
  );
}

try {
  for (const kind of ['close', 'open']) {
    console.log(`${`${kind}: no sensor`.padEnd(44)} ${(await load(kind)).toFixed(0).padStart(6)} ns/call`);
    await measure(`${kind}: sensor, call not wanted`, kind, 'reboot');
    await measure(`${kind}: sensor, wanted`, kind, 'open openat close');
  }
} finally {
  program.remove();
}
