import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventByCode, events } from '../../src/model/event-table.ts';
import {
  cpuSlots,
  loadAddon,
  openFirst,
  readPrograms,
  type SensorAddon,
  type SensorHandle,
  type SensorOptions,
} from '../../src/sources/ebpf/addon.ts';
import { criticalTable } from '../../src/sources/ebpf/drops.ts';
import { fillerNames, genericCodes } from '../../src/sources/linux/interest.ts';
import { compileProgram, defaults, type Program, runProgram, whyNot } from './sensor-kit.ts';

const reason = whyNot();

function options(changes: Partial<SensorOptions> = {}): SensorOptions {
  return {
    object: readPrograms()[0]!,
    ringBytes: 65536,
    snapLength: 80,
    coalesceMs: 0,
    enterEvents: false,
    fillers: fillerNames(process.arch),
    genericCodes: genericCodes(process.arch),
    onReady: () => undefined,
    ...changes,
  };
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe.skipIf(reason !== '')('addon', () => {
  let addon: SensorAddon;
  let program: Program;
  beforeAll(() => {
    addon = loadAddon();
    program = compileProgram('sensor-flood');
  });
  afterAll(() => program.remove());

  it.each<[string, Partial<SensorOptions>, RegExp]>([
    ['programs that are none', { object: Buffer.from('not an object file') }, /programs can't be read/],
    ['a ring of no power of two', { ringBytes: 100_000 }, /Invalid argument/],
    ['a table of the wrong size', { genericCodes: new Uint16Array(3) }, /wrong options/],
    ['rows that are none', { fillers: [['x', 1] as unknown as [number, string]] }, /wrong options/],
  ])('refuses %s and keeps nothing open', async (_, changes, message) => {
    // The first one opens what stays open for the process.
    addon.close((await addon.open(options())).handle);
    const before = openDescriptors();
    await expect((async () => addon.open(options(changes)))()).rejects.toThrow(message);
    expect(openDescriptors()).toBe(before);
  });

  it('gives everything back on close, and forgives a second one', async () => {
    const warm = await addon.open(options());
    addon.close(warm.handle);
    const before = openDescriptors();
    const { handle, data } = await addon.open(options());
    addon.attach(handle);
    // Both rings, and the memory for critical events that had to make room; all of them twice in a row.
    expect(data.byteLength).toBe(2 * (2 * 65536 + 32 * 1024 * 1024));
    addon.close(handle);
    addon.close(handle);
    expect(data.byteLength).toBe(0);
    expect(openDescriptors()).toBe(before);
    expect(() => addon.waiting(handle)).toThrow('the sensor is closed');
    expect(() => addon.waiting({} as SensorHandle)).toThrow('a sensor handle is wanted');
  });

  it.each([0, 1, 2])('loads all programs that are for this kernel: number %i', async (number) => {
    const object = readPrograms()[number];
    if (object === undefined) return;
    const { handle } = await addon.open(options({ object }));
    addon.attach(handle);
    addon.close(handle);
  });

  it('goes on with the programs for older kernels where the kernel refuses the better ones', async () => {
    const better = Buffer.from('no programs at all');
    const good = readPrograms('5.8.0')[0]!;
    const { opened, refused } = await openFirst([better, good], (object) => addon.open(options({ object })));
    addon.close(opened.handle);
    expect(String(refused)).toMatch(/^Error: /);
    expect(await openFirst([good], async () => 1)).toEqual({ opened: 1 });
    await expect(openFirst([better, better], (object) => addon.open(options({ object })))).rejects.toThrow(
      String(refused).slice(7),
    );
  });

  it('says that events wait, once per arm()', async () => {
    let calls = 0;
    let resolve: () => void = () => undefined;
    const { handle } = await addon.open(options({ onReady: () => (calls++, resolve()) }));
    const interest = new Uint8Array(512).fill(1);
    addon.setInterest(handle, interest, criticalTable(), true);
    addon.attach(handle);
    const first = new Promise<void>((done) => (resolve = done));
    addon.arm(handle);
    await runProgram(program.path, ['100']);
    await first;
    await runProgram(program.path, ['100']);
    expect(calls).toBe(1);
    expect(addon.waiting(handle)).toBeGreaterThan(100 * 72);
    expect(addon.claim(handle, 65536, new Uint32Array(64))).toBeGreaterThan(0);
    const counts = new Float64Array(events.length + 1 + cpuSlots);
    addon.drops(handle, counts);
    expect(counts.every((count) => count >= 0)).toBe(true);
    addon.close(handle);
  });

  it.each([65_536, 8 << 20])(
    'has rings of one size, as kernels before 5.10 want them, of %i bytes together',
    async (ringBytes) => {
      const rings = (): string[] =>
        readdirSync('/proc/self/fdinfo')
          .map((fd) => (existsSync(`/proc/self/fdinfo/${fd}`) ? readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1') : ''))
          .filter((text) => /^map_type:\s*27$/m.test(text))
          .map((text) => /^max_entries:\s*(\d+)$/m.exec(text)?.[1] ?? '');
      expect(rings()).toEqual([]);
      const { handle } = await addon.open(options({ ringBytes }));
      const sizes = rings().map(Number);
      addon.close(handle);
      expect(new Set(sizes).size).toBe(1);
      // The one for critical events, and those for common ones.
      expect(sizes[0]! * (sizes.length - 1)).toBeGreaterThanOrEqual(ringBytes);
      expect(sizes[0]).toBeGreaterThanOrEqual(ringBytes / 4);
    },
  );

  it('keeps critical events while nobody fetches any', async () => {
    const { handle, data } = await addon.open(options({ ringBytes: 524_288 }));
    const interest = new Uint8Array(512);
    for (const [number, name] of fillerNames(process.arch)) if (name === 'f_execve') interest[number] = 1;
    addon.setInterest(handle, interest, criticalTable(), true);
    addon.attach(handle);
    const view = new DataView(data);
    const runs = new Uint32Array(2 * 1024);
    let ends = 0;
    const calls = 300;
    const ending = eventByCode('PROCEXIT_1_E').id;
    const argument = 'x'.repeat(4000);
    for (let i = 0; i < calls; i++) {
      // By its path: searching 20 folders of PATH is as many failing calls of exec, together more than the 32 MB that are kept.
      spawnSync('/bin/true', [argument], { env: {} });
    }
    // Much more than their ring holds.
    expect(addon.waiting(handle)).toBeGreaterThan(calls * 4000);
    for (let count = addon.claim(handle, 1 << 20, runs); count > 0; count = addon.claim(handle, 1 << 20, runs)) {
      for (let i = 0; i < count; i++) {
        const [start, size] = [runs[2 * i]!, runs[2 * i + 1]!];
        for (let at = start; at < start + size; at += ((view.getUint32(at, true) & 0x3fffffff) + 15) & ~7)
          if (view.getUint16(at + 8 + 30, true) === ending) ends++;
      }
      addon.release(handle);
    }
    expect(ends).toBeGreaterThanOrEqual(calls);
    const counts = new Float64Array(events.length + 1 + cpuSlots);
    addon.drops(handle, counts);
    expect(counts[ending]).toBe(0);
    expect(counts[eventByCode('SYSCALL_EXECVE_19_X').id]).toBe(0);
    addon.close(handle);
  });

  it('counts critical events for which there is no room anywhere, and gives the others whole', async () => {
    const forks = compileProgram('trace-cases');
    const count = 8000;
    const { handle, data } = await addon.open(options({ ringBytes: 1 << 20 }));
    const interest = new Uint8Array(512);
    for (const [number, name] of fillerNames(process.arch)) if (name === 'f_clone') interest[number] = 1;
    addon.setInterest(handle, interest, criticalTable(), false);
    addon.attach(handle);
    // Twice the arguments for each process: more than 60 MB.
    await runProgram(forks.path, ['forks', String(count), 'x'.repeat(4000)]);
    forks.remove();
    const cloned = eventByCode('SYSCALL_CLONE_20_X').id;
    const view = new DataView(data);
    const runs = new Uint32Array(2 * 1024);
    let seen = 0;
    for (let found = addon.claim(handle, 1 << 20, runs); found > 0; found = addon.claim(handle, 1 << 20, runs)) {
      for (let i = 0; i < found; i++) {
        const [start, size] = [runs[2 * i]!, runs[2 * i + 1]!];
        for (let at = start; at < start + size; at += ((view.getUint32(at, true) & 0x3fffffff) + 15) & ~7)
          if (view.getUint16(at + 8 + 30, true) === cloned) seen++;
      }
      addon.release(handle);
    }
    const counts = new Float64Array(events.length + 1 + cpuSlots);
    addon.drops(handle, counts);
    addon.close(handle);
    expect(counts[cloned]).toBeGreaterThan(0);
    expect(seen).toBeGreaterThan(32_000_000 / 10_000);
    expect(seen + counts[cloned]!).toBeGreaterThanOrEqual(2 * count);
  });

  it('ends its thread whatever that is doing', async () => {
    for (let round = 0; round < 8; round++) {
      const { handle } = await addon.open(options());
      addon.setInterest(handle, new Uint8Array(512).fill(1), criticalTable(), true);
      addon.attach(handle);
      spawnSync('true');
      for (let i = 0; i < round; i++) addon.arm(handle);
      addon.close(handle);
    }
  });

  it.skipIf(spawnSync('chrt', ['-r', '1', 'true']).status !== 0)(
    'gives the thread that reads a turn before others when it falls behind',
    async () => {
      const roundRobin = '2';
      const policy = (): string | undefined =>
        readFileSync('/proc/thread-self/stat', 'latin1')
          .replace(/^.*\) /, '')
          .split(' ')[38];
      // Only where Saker was told to come before others.
      os.setPriority(0, -1);
      const { handle } = await addon.open(options());
      os.setPriority(0, 0);
      addon.setInterest(handle, new Uint8Array(512).fill(1), criticalTable(), true);
      addon.attach(handle);
      let lent = policy();
      for (let i = 0; i < 100_000 && lent !== roundRobin; i++) lent = policy();
      addon.close(handle);
      expect(lent).toBe(roundRobin);
      expect(policy()).toBe('0');
    },
  );

  it('survives the end of a worker that used it', async () => {
    const before = openDescriptors();
    const code = `
      import { parentPort } from 'node:worker_threads';
      import { runSensor } from ${JSON.stringify(new URL('../../src/sources/ebpf/run.ts', import.meta.url).href)};
      let seen = 0;
      const sink = { snapshot: () => parentPort.postMessage('ready'), event: () => { if (seen++ === 0) parentPort.postMessage('event'); }, lost: () => undefined };
      await runSensor(${JSON.stringify({ ...defaults, syscalls: 'close' })},
        { sink, signal: new AbortController().signal, batchEnd: () => undefined });`;
    const worker = new Worker(code, { eval: true, execArgv: ['--input-type=module'] });
    const failed = new Promise((_, reject) => worker.on('error', reject));
    const told = (word: string) =>
      new Promise<void>((resolve) => worker.on('message', (message) => (message === word ? resolve() : undefined)));
    const [ready, event] = [told('ready'), told('event')];
    // Before it watches, nothing of the load would be seen.
    await Promise.race([ready, failed]);
    const load = runProgram(program.path, ['3000000']);
    await Promise.race([event, failed]);
    await worker.terminate();
    await load;
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('says what a process without rights lacks', () => {
    const code = `
      import source from ${JSON.stringify(new URL('../../src/sources/ebpf/index.ts', import.meta.url).href)};
      console.log(source.preflight({}).join());
      const context = { sink: {}, signal: AbortSignal.abort(), batchEnd: () => undefined };
      await source.run(${JSON.stringify(defaults)}, context).catch((error) => console.log(error.message));`;
    const args = ['--input-type=module', '-e', code];
    // Still root, so that it can read this checkout wherever that is, but without capabilities.
    const bare = ['--bounding-set=-all', '--inh-caps=-all', process.execPath];
    const { stdout } = spawnSync('setpriv', [...bare, ...args], { cwd: '/', encoding: 'utf8' });
    expect(stdout).toMatch(/^CAP_BPF and CAP_PERFMON and CAP_SYS_PTRACE missing: run Saker as root/);
    expect(stdout).toMatch(/live events can't be had: [^]*Operation not permitted[^]*missing capabilities/);
  });
});
