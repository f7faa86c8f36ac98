import { Event } from '../../src/model/event.ts';
import { MachineState } from '../../src/state/machine-state.ts';
import { viewOf, type Scenario, scenario } from '../../test/kit/events.ts';
import { encodedHeader } from '../../src/capture/encode.ts';

/** Some events of most kinds that conditions ask for: what rules and outputs under test are tried on. */
export function sampleRun(): Scenario {
  const id = 'ab'.repeat(32);
  const container = { id: id.slice(0, 12), full_id: id, name: 'web', image: 'docker.io/nginx:1.2', type: 0 };
  return scenario({
    threads: [
      { tid: 1, exepath: '/usr/lib/systemd/systemd', exe: '/sbin/init' },
      { tid: 50, exepath: '/usr/sbin/nginx', exe: 'nginx', cgroups: [`cpu=/docker/${id}`] },
      { tid: 100, exepath: '/usr/bin/bash', exe: 'bash', args: ['-l'], cwd: '/root', tty: 34816 },
    ],
    fds: { 50: [{ fd: 3, name: '/etc/passwd' }] },
    interfaces: [],
  })
    .container(container)
    .clone({ child: 200 })
    .as(200)
    .execve('/usr/bin/cat', { args: ['/etc/shadow'], env: ['A=b', 'LD_PRELOAD=/x'] })
    .openat('/etc/shadow', { fd: 4 })
    .openat('/tmp/caf\xc3\xa9\xff\n', { fd: 5 })
    .connect(6, { address: '10.1.2.3', port: 4444 })
    .connect(7, { address: 'fe80::1', port: 53 })
    .connect(8, { path: '/run/x.sock' })
    .accept(9, { source: { address: '1.2.3.4', port: 5 }, dest: { address: '10.0.0.1', port: 22 } })
    .setuid(33)
    .chdir('/tmp')
    .close(4)
    .as(50)
    .openat('/etc/nginx/nginx.conf', { fd: 10 })
    .execve('/bin/sh', { args: ['-c', 'id'], tid: 50 })
    .event('SYSCALL_WRITE_X', { res: 3, data: 'abc', fd: 3, size: 3 })
    .event('SYSCALL_UNLINKAT_2_X', { res: 0 })
    .event('GENERIC_X', {})
    .exit(1, { tid: 200 });
}

/** Plays the sample. @param prepare makes what is called for each event. */
export function playSample(run: Scenario, prepare: (state: MachineState) => (event: Event) => void): void {
  const state = new MachineState({ hostname: 'host' });
  state.load(run.snapshot);
  const each = prepare(state);
  const event = new Event();
  for (const block of run.blocks) {
    event.num++;
    if (!event.read(block, viewOf(block), encodedHeader(block), 1)) continue;
    if (state.apply(event)) each(event);
    state.after(event);
  }
}
