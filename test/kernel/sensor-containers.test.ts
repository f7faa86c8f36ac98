import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clone, file } from './sensor-rows/kit.ts';
import { record, type Recording, runProgram, type Seen, whyNot } from './sensor-kit.ts';

const reason = whyNot();
const folder = mkdtempSync(path.join(os.tmpdir(), 'saker-containers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a container is to the kernel: namespaces of its own, an overlay as file system, a mount in it. */
const script = `
  cd ${folder} && mount -t tmpfs none upper && mkdir upper/files upper/work &&
  cp /bin/true lower/below && cp /bin/true outside/there &&
  mount -t overlay -o lowerdir=lower,upperdir=upper/files,workdir=upper/work overlay root &&
  cp /bin/true root/above && mkdir -p root/a/b && mount --bind outside root/a/b &&
  root/below; root/above; root/a/b/there; cat root/below > /dev/null; echo changed > root/new; sh -c 'exit 5'`;

describe.skipIf(reason !== '')('sensor and containers', () => {
  let recording: Recording;
  let mounted = false;

  beforeAll(async () => {
    for (const name of ['lower', 'upper', 'outside', 'root']) mkdirSync(path.join(folder, name));
    recording = await record({}, () => runProgram('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script]));
    mounted = recording.seen.some((event) => event.params['exe'] === 'root/above');
  });

  function executed(exe: string): Seen | undefined {
    return recording.seen.find((event) => event.code === 'SYSCALL_EXECVE_19_X' && event.params['exe'] === exe);
  }

  it('loses nothing and writes every event as the table says', () => {
    expect(recording.problems).toEqual([]);
    expect(recording.lost).toEqual([]);
  });

  it.each([
    ['root/below', 'root/below', 9],
    ['root/above', 'root/above', 3],
    ['root/a/b/there', 'root/a/b/there', 1],
  ])('%s: full path across mounts, and the layer', (exe, wanted, flags) => {
    if (!mounted) return;
    expect(executed(exe)?.params).toMatchObject({ trusted_exepath: path.join(folder, wanted), flags });
  });

  it('tells the layer of opened files', () => {
    if (!mounted) return;
    const opened = (name: string): Seen | undefined =>
      recording.seen.find((event) => event.code === 'SYSCALL_OPENAT_2_X' && event.params['name'] === name);
    expect(Number(opened('root/below')?.params['flags']) & file('FD_LOWER_LAYER')).toBe(file('FD_LOWER_LAYER'));
    expect(Number(opened('root/new')?.params['flags']) & file('FD_UPPER_LAYER')).toBe(file('FD_UPPER_LAYER'));
  });

  it('knows the ids in the namespace, and its age', () => {
    const first = recording.seen.find((event) => /CLONE/.test(event.code) && event.params['vtid'] === 1);
    expect(first?.params).toMatchObject({ res: 0, vpid: 1 });
    expect(first?.params['tid']).not.toBe(1);
    expect(Number(first?.params['flags']) & clone('CLONE_CHILD_IN_PIDNS')).toBe(clone('CLONE_CHILD_IN_PIDNS'));
    const host = recording.snapshot.threads?.find((thread) => thread.tid === process.pid);
    expect(Number(first?.params['pidns_init_start_ts'])).toBeGreaterThan(Number(host?.pidnsInitStart));
  });

  it('names the reaper of the children that a process leaves behind', async () => {
    const { seen } = await record({}, () => runProgram('sh', ['-c', 'sh -c "sleep 0.3 & exit 7"']));
    const end = seen.find((event) => event.code === 'PROCEXIT_1_E' && event.params['ret'] === 7);
    expect(end?.params['reaper_tid']).toBeGreaterThan(0);
  });
});
