import { describe, expect, test } from 'vitest';
import { type Scenario, type Setup, scenario } from '../../test/kit/events.ts';
import type { Event } from '../model/event.ts';
import type { Thread } from '../model/thread.ts';
import { MachineState, type StateOptions } from './machine-state.ts';

/** Runs a scenario and lets `look` see the state at each event, after the state and before what follows the rules. */
function run(
  events: Scenario,
  look?: (event: Event, state: MachineState, visible: boolean) => void,
  options?: StateOptions,
) {
  const state = new MachineState(options);
  state.load(events.snapshot);
  for (const event of events.events()) {
    const visible = state.apply(event);
    look?.(event, state, visible);
    state.after(event);
  }
  return state;
}

function names(thread: Thread | undefined): string[] {
  const result: string[] = [];
  for (let at: Thread | null = thread?.leader ?? null; at !== null; at = at.parent?.leader ?? null)
    result.push(at.comm);
  return result;
}

const shell: Setup = {
  threads: [
    { tid: 1, exepath: '/sbin/init', comm: 'init' },
    { tid: 100, exepath: '/usr/bin/bash', comm: 'bash', args: ['-l'], cwd: '/root', uid: 1000, tty: 34816, sid: 100 },
  ],
};

describe('processes', () => {
  test.each([
    ['parent first', ['parent', 'child']],
    ['child first', ['child', 'parent']],
    ['child only', ['child']],
    ['parent only', ['parent']],
  ] as const)('a fork with both sides: %s', (_, seen) => {
    const state = run(scenario(shell).clone({ child: 200, seen }));
    const child = state.thread(200)!;
    expect(child).toMatchObject({ tid: 200, pid: 200, ptid: 100, comm: 'bash', uid: 1000, tty: 34816, sid: 100 });
    expect(child.args).toEqual(['-l']);
    expect(child.exepath).toBe(state.thread(100)!.exepath);
    expect(child.cwd?.text).toBe('/root/');
    expect(child.parent).toBe(state.thread(100));
    expect(names(child)).toEqual(['bash', 'bash', 'init']);
  });

  test('a thread shares the process and its descriptors', () => {
    const events = scenario(shell).clone({ child: 101, thread: true }).as(101).openat('/etc/hosts', { fd: 7 });
    const state = run(events);
    const thread = state.thread(101)!;
    expect(thread).toMatchObject({ pid: 100, isMain: false });
    expect(thread.leader).toBe(state.thread(100));
    expect(thread.group.alive).toBe(2);
    expect(state.thread(100)!.fds!.get(7)!.path!.text).toBe('/etc/hosts');
  });

  test('vfork is known by its child only', () => {
    const state = run(scenario(shell).clone({ child: 200, call: 'vfork', seen: ['parent'] }));
    expect(state.thread(200)).toBeUndefined();
  });

  test('in a pid namespace the child alone knows its ids', () => {
    const inside = { flags: 'CLONE_NEWPID', pidns_init_start_ts: 5 };
    const events = scenario(shell).clone({ child: 200, vtid: 1, vpid: 1, values: inside, seen: ['child'] });
    expect(run(events).thread(200)).toMatchObject({ tid: 200, vtid: 1, vpid: 1, ptid: 100, pidnsInitStart: 5n });
    expect(run(scenario(shell).clone({ child: 200, values: inside, seen: ['parent'] })).thread(200)).toBeUndefined();
  });

  test.each([
    [true, 'bob'],
    [false, undefined],
  ])('accounts of containers are known in a recording of Saker: %s', (isOwn, name) => {
    const events = scenario({ ...shell, machine: { isOwn } });
    const values = { uid: 7, gid: 7, name: 'bob', home: '/', shell: '/bin/sh', container_id: 'abcdefabcdef' };
    expect(run(events.event('USER_ADDED_E', values)).user('abcdefabcdef', 7)?.name).toBe(name);
  });

  test('of what Saker watched, live or recorded, the starts of pid namespaces count from the boot', () => {
    const inside = { flags: 'CLONE_NEWPID', pidns_init_start_ts: 5 };
    const own = scenario({ ...shell, machine: { bootTime: 1000n, isOwn: true } });
    const state = run(own.clone({ child: 200 }).clone({ child: 300, vtid: 1, vpid: 1, values: inside }));
    expect([state.thread(200)!.pidnsInitStart, state.thread(300)!.pidnsInitStart]).toEqual([1000n, 1005n]);
  });

  test('executing a program', () => {
    const values = {
      uid: 33,
      gid: 33,
      loginuid: 7,
      pgid: 100,
      vpgid: 100,
      tty: 5,
      flags: 'EXE_UPPER_LAYER|EXE_WRITABLE',
    };
    const events = scenario(shell)
      .clone({ child: 200 })
      .as(200)
      .execve('/usr/bin/curl', { args: ['-s', 'x y'], env: ['A=1', 'B='], exe: 'curl', values })
      .execve('/nowhere', { values: { res: -2 } });
    const thread = run(events).thread(200)!;
    expect(thread).toMatchObject({
      comm: 'curl',
      exe: 'curl',
      exepath: '/usr/bin/curl',
      uid: 33,
      gid: 33,
      loginuid: 7,
      tty: 5,
    });
    expect(thread).toMatchObject({ exeUpperLayer: true, exeWritable: true, exeFromMemfd: false, pgid: 100 });
    expect(thread.args).toEqual(['-s', 'x y']);
    expect(thread.env).toEqual(['A=1', 'B=']);
    expect(thread.execTime).toBeGreaterThan(thread.cloneTime);
  });

  test('a deleted program shows its path without the mark', () => {
    const events = scenario(shell).execve('/tmp/x', { values: { trusted_exepath: '/tmp/x (deleted)' } });
    expect(run(events).thread(100)!.exepath).toBe('/tmp/x');
  });

  test('executing drops close-on-exec descriptors and ends the other threads', () => {
    const events = scenario(shell)
      .openat('/a', { fd: 3, flags: 'O_RDONLY|O_CLOEXEC' })
      .openat('/b', { fd: 4 })
      .event('SYSCALL_EPOLL_CREATE1_X', { res: 5, flags: 'EPOLL_CLOEXEC' })
      .event('SYSCALL_MEMFD_CREATE_X', { fd: 6, name: 'm', flags: 'MFD_CLOEXEC' })
      .clone({ child: 101, thread: true })
      .execve('/bin/true');
    const state = run(events);
    expect([...state.thread(100)!.fds!.entries()].map(([number]) => number)).toEqual([4]);
    expect(state.thread(101)).toBeUndefined();
    expect(state.thread(100)!.group.alive).toBe(1);
  });

  test('a leader that exited comes back when another thread executes', () => {
    const events = scenario(shell).clone({ child: 101, thread: true }).exit();
    const dead = run(events).thread(100)!;
    expect(dead).toMatchObject({ isDead: true });
    const state = run(events.execve('/bin/true'));
    expect(state.thread(100)).toMatchObject({ isDead: false, comm: 'true' });
    expect(state.thread(100)!.group.alive).toBe(1);
    expect(state.thread(101)).toBeUndefined();
  });

  test('an exit is seen by rules, then the process is gone and its children have a reaper', () => {
    const events = scenario(shell).clone({ child: 200 }).as(200).clone({ child: 300 }).as(200).exit(1);
    const last = run(events, (event, state) => {
      if (event.info.name === 'procexit') expect(event.thread).toBe(state.thread(200));
    });
    expect(last.thread(200)).toBeUndefined();
    expect(names(last.thread(300))).toEqual(['bash', 'init']);
    expect(last.thread(300)!.ptid).toBe(1);
  });

  test.each([
    ['the one that the kernel names', { reaper_tid: 100 }, 100],
    ['a subreaper among the ancestors', {}, 50],
  ])('orphans go to %s', (_, values, reaper) => {
    const events = scenario({
      threads: [{ tid: 1 }, { tid: 50 }, { tid: 100, ptid: 50 }, { tid: 200, ptid: 100 }, { tid: 300, ptid: 200 }],
    })
      .event('SYSCALL_PRCTL_X', { res: 0, option: 'PR_SET_CHILD_SUBREAPER', arg2_int: 1 }, { tid: 50 })
      .exit(0, { tid: 200, values });
    expect(run(events).thread(300)!.ptid).toBe(reaper);
  });

  test('a clone that comes after the exit of the child does not bring it back', () => {
    const events = scenario(shell)
      .clone({ child: 200, seen: ['child'] })
      .exit(0, { tid: 200 });
    expect(run(events.clone({ child: 200, seen: ['parent'] })).thread(200)).toBeUndefined();
    expect(run(events.wait(3_000_000_000n).clone({ child: 200, seen: ['parent'] })).thread(200)).toBeDefined();
  });

  test('an id that is used again is another process', () => {
    const events = scenario(shell)
      .clone({ child: 200 })
      .wait(5_000_000_000n)
      .clone({ child: 200, seen: ['child'] });
    const times: bigint[] = [];
    run(events, (_, state) => times.push(state.thread(200)!.cloneTime));
    expect(times[2]).toBeGreaterThan(times[1]!);
  });
});

describe('what a process is', () => {
  test.each([
    ['SYSCALL_SETUID_X', { res: 0, uid: 5 }, { uid: 5 }],
    ['SYSCALL_SETUID_X', { res: -1, uid: 5 }, { uid: 1000 }],
    ['SYSCALL_SETREUID_X', { res: 0, ruid: 4, euid: 5 }, { uid: 5 }],
    ['SYSCALL_SETRESUID_X', { res: 0, ruid: 4, euid: 5, suid: 6 }, { uid: 5 }],
    ['SYSCALL_SETGID_X', { res: 0, gid: 5 }, { gid: 5 }],
    ['SYSCALL_SETREGID_X', { res: 0, rgid: 4, egid: 5 }, { gid: 5 }],
    ['SYSCALL_SETRESGID_X', { res: 0, rgid: 4, egid: 5, sgid: 6 }, { gid: 5 }],
    ['SYSCALL_SETSID_X', { res: 100 }, { sid: 100 }],
    [
      'SYSCALL_CAPSET_X',
      { res: 0, cap_inheritable: 1, cap_permitted: 2, cap_effective: 3 },
      { capEffective: 3n, capPermitted: 2n },
    ],
    ['SYSCALL_UNSHARE_X', { res: 0, flags: 'CLONE_NEWUSER' }, { capEffective: (1n << 41n) - 1n }],
    ['SYSCALL_UNSHARE_X', { res: 0, flags: 'CLONE_NEWNS' }, { capEffective: 0n }],
    ['SYSCALL_CHROOT_X', { res: 0, path: 'jail' }, { root: '/root/jail' }],
    ['SYSCALL_SETRLIMIT_X', { res: 0, cur: 77, max: 99, resource: 'RLIMIT_NOFILE' }, { fdLimit: 77 }],
    ['SYSCALL_SETRLIMIT_X', { res: 0, cur: 77, max: 99, resource: 'RLIMIT_CORE' }, { fdLimit: 1024 }],
    [
      'SYSCALL_PRLIMIT_X',
      { res: 0, newcur: 78, newmax: 99, oldcur: 1, oldmax: 1, pid: 0, resource: 'RLIMIT_NOFILE' },
      { fdLimit: 78 },
    ],
    [
      'SYSCALL_BRK_4_X',
      { res: 0, vm_size: 9, vm_rss: 8, vm_swap: 7, addr: 0 },
      { vmSizeKb: 9, vmRssKb: 8, vmSwapKb: 7 },
    ],
  ])('%s %j', (code, values, wanted) => {
    expect(run(scenario(shell).event(code, values)).thread(100)).toMatchObject(wanted);
  });

  test.each([
    ['/tmp', '/tmp/'],
    ['sub', '/root/sub/'],
    ['..', '/'],
    ['/a/../b//', '/b/'],
  ])('chdir %s: %s', (path, wanted) => {
    const state = run(scenario(shell).clone({ child: 101, thread: true }).as(101).chdir(path));
    expect(state.thread(100)!.cwd!.text).toBe(wanted);
    expect(state.thread(101)!.leader.cwd!.text).toBe(wanted);
  });

  test('fchdir', () => {
    const events = scenario(shell)
      .openat('/var/log', { fd: 3, flags: 'O_DIRECTORY' })
      .event('SYSCALL_FCHDIR_X', { res: 0, fd: 3 });
    expect(run(events).thread(100)!.cwd!.text).toBe('/var/log/');
  });
});

describe('classes for rules', () => {
  /** The tids whose class the last event of the scenario reset. */
  function reset(events: Scenario): number[] {
    let result: number[] = [];
    run(events, (_, state) => {
      result = [...state.threads()].filter((thread) => thread.ruleClass === -1).map((thread) => thread.tid);
      for (const thread of state.threads()) thread.ruleClass = 1;
    });
    return result;
  }

  const family = (): Scenario =>
    scenario({
      threads: [
        { tid: 1 },
        { tid: 10, ptid: 1 },
        { tid: 20, ptid: 10 },
        { tid: 21, pid: 20, ptid: 10 },
        { tid: 30, ptid: 20 },
        { tid: 40, ptid: 1 },
      ],
    })
      .as(20)
      .openat('/x');

  test.each([
    ['execve', (events: Scenario) => events.execve('/bin/true'), [20, 30]],
    ['setuid', (events: Scenario) => events.setuid(7), [20]],
    ['setuid to the same user', (events: Scenario) => events.setuid(0), []],
    ['chdir', (events: Scenario) => events.chdir('/tmp'), []],
    ['open', (events: Scenario) => events.openat('/y'), []],
    ['setsid', (events: Scenario) => events.event('SYSCALL_SETSID_X', { res: 20 }), [20]],
    ['clone', (events: Scenario) => events.clone({ child: 50, seen: ['parent'] }), [50]],
    [
      'clone by a thread that only now tells its process',
      (events: Scenario) =>
        events
          .as(60)
          .openat('/z')
          .clone({ child: 50, seen: ['parent'] }),
      [60, 50],
    ],
    [
      'user table',
      (events: Scenario) => events.event('USER_ADDED_E', { uid: 7, name: 'x' }).openat('/y'),
      [1, 10, 20, 21, 30, 40],
    ],
    ['container', (events: Scenario) => events.container({ id: 'x' }).openat('/y'), [1, 10, 20, 21, 30, 40]],
    ['exit of the parent', (events: Scenario) => events.exit(0, { tid: 10 }).openat('/y'), [20, 21, 30]],
  ])('%s', (_, next, wanted) => {
    expect(reset(next(family()))).toEqual(wanted);
  });

  test('loading rules forgets all classes', () => {
    const state = run(family());
    const fd = state.thread(20)!.fds!.get(3)!;
    for (const thread of state.threads()) thread.ruleClass = 3;
    fd.ruleClass = 3;
    fd.path!.ruleClass = 3;
    state.thread(20)!.cwd!.ruleClass = 3;
    state.resetRuleClasses();
    expect([fd.ruleClass, fd.path!.ruleClass, state.thread(20)!.cwd!.ruleClass]).toEqual([-1, -1, -1]);
    expect([...state.threads()].every((thread) => thread.ruleClass === -1)).toBe(true);
  });
});

describe('threads that no event introduced', () => {
  test('a stand-in saves further look-ups in a replay', () => {
    const events = scenario(shell).openat('/x', { tid: 777 }).openat('y', { tid: 777 });
    const state = run(events);
    expect(state.thread(777)).toMatchObject({ pid: -1, comm: '<NA>', isPlaceholder: true });
    expect(state.thread(777)!.fds!.size).toBe(1);
    expect(state.counters).toMatchObject({ placeholders: 1, unknownThreads: 1 });
  });

  test('live, the hook is asked once, also for the leader', () => {
    const asked: number[] = [];
    const known = scenario({
      threads: [
        { tid: 500, comm: 'java' },
        { tid: 501, pid: 500, comm: 'worker' },
      ],
    }).snapshot;
    const state = run(scenario(shell).openat('/x', { tid: 501 }).openat('/x', { tid: 501 }), undefined, {
      lookupThread: (tid) => {
        asked.push(tid);
        const thread = known.threads!.find((one) => one.tid === tid);
        return thread && { thread, fds: [] };
      },
    });
    expect(asked).toEqual([501, 500]);
    expect(state.thread(501)!.leader.comm).toBe('java');
    expect(state.thread(500)!.fds!.size).toBe(1);
  });

  test('exits and clones do not make one', () => {
    const state = run(scenario(shell).exit(0, { tid: 777 }));
    expect(state.thread(777)).toBeUndefined();
  });

  test('idle ones that are gone are purged', () => {
    const state = run(scenario(shell).clone({ child: 200 }));
    state.purge(1.8e18, (tid) => tid !== 200);
    expect([...state.threads()].map((thread) => thread.tid)).toEqual([1, 100]);
    expect(state.counters.threadsPurged).toBe(1);
  });

  test('how often and how long idle is an option', () => {
    const state = run(scenario(shell).clone({ child: 200 }), undefined, { purgeEveryNs: 50e9, purgeIdleNs: 20e9 });
    const lastSeen = state.thread(200)!.lastSeen;
    const left = [19, 30, 70].map((seconds) => {
      state.purge(lastSeen + seconds * 1e9, (tid) => tid !== 200);
      return state.thread(200) !== undefined;
    });
    expect(left).toEqual([true, true, false]);
  });
});

describe('users, groups, containers', () => {
  const id = 'a'.repeat(64);

  test('accounts of the machine; in a replay not those of containers', () => {
    const events = scenario(shell)
      .openat('/x')
      .event('USER_ADDED_E', { uid: 7, gid: 7, name: 'seven', home: '/7', shell: '/bin/sh', container_id: '' })
      .event('USER_ADDED_E', { uid: 8, gid: 7, name: 'eight', container_id: 'aaaaaaaaaaaa' })
      .event('GROUP_ADDED_E', { gid: 9, name: 'nine' })
      .event('USER_DELETED_E', { uid: 0, name: 'root' });
    const state = run(events);
    expect(state.user('host', 7)).toMatchObject({ name: 'seven', home: '/7', shell: '/bin/sh' });
    expect(state.user('aaaaaaaaaaaa', 8)).toBeUndefined();
    expect(state.group('host', 9)!.name).toBe('nine');
    expect(state.user('host', 0)).toBeUndefined();
    const live = run(events, undefined, { lookupThread: () => undefined });
    expect(live.user('aaaaaaaaaaaa', 8)!.name).toBe('eight');
  });

  test('events that complete the snapshot are not for rules', () => {
    const seen: [string, boolean][] = [];
    const events = scenario(shell).event('USER_ADDED_E', { uid: 7 }).openat('/x').event('USER_ADDED_E', { uid: 8 });
    run(events, (event, _, visible) => seen.push([event.info.name, visible]));
    expect(seen).toEqual([
      ['useradded', false],
      ['openat', true],
      ['useradded', true],
    ]);
  });

  test('a container by cgroup, and what its engine says', () => {
    const events = scenario(shell)
      .clone({ child: 200, seen: ['child'], values: { cgroups: [`cpuset=/docker/${id}`, 'io=/', 'constructor=/'] } })
      .container({ id: 'aaaaaaaaaaaa', name: 'web', type: 0 })
      .container({ id: 'bbbbbbbbbbbb' })
      .container({ id: 'bbbbbbbbbbbb' }, { removed: true });
    const state = run(events);
    expect(state.thread(200)).toMatchObject({
      containerId: 'aaaaaaaaaaaa',
      cgroups: [`cpuset=/docker/${id}`, 'blkio=/', 'constructor=/'],
    });
    expect(state.container('aaaaaaaaaaaa')).toMatchObject({ name: 'web', type: 'docker' });
    expect(state.container('bbbbbbbbbbbb')).toBeUndefined();
    expect(state.container('host')).toMatchObject({ name: 'host', type: 'host' });
    expect(state.thread(100)!.containerId).toBe('host');
  });

  test('an event of an engine has its container, also the last one, and no process', () => {
    const seen: unknown[] = [];
    const events = scenario(shell)
      .container({ id: 'bbbbbbbbbbbb', name: 'web' })
      .container({ id: 'bbbbbbbbbbbb', name: 'web' }, { removed: true })
      .openat('/x');
    run(events, (event, state) => {
      const thread = event.thread!;
      seen.push([thread.tid, thread.containerId, state.container('bbbbbbbbbbbb')?.name]);
    });
    expect(seen).toEqual([
      [-1, 'bbbbbbbbbbbb', 'web'],
      [-1, 'bbbbbbbbbbbb', 'web'],
      [100, 'host', undefined],
    ]);
  });
});
