import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bits } from './calls/kit.ts';
import { compileText } from './calls/compile.ts';
import { type Program, record, type Recording, runProgram, type Seen, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of the start are skipped: ${reason}`);

/** Forks, opens and closes without end from four processes, from before the sensor starts until it is told to stop. */
const storm = `
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
static void *body(void *unused) { close(open("/etc/hostname", O_RDONLY)); return 0; }
static void work(void)
{
	for (int held = -1;;) {
		int fd = open("/etc/passwd", O_RDONLY), child = fork();
		pthread_t thread;

		if (child == 0) {
			close(open("/etc/group", O_RDONLY));
			_exit(0);
		}
		pthread_create(&thread, 0, body, 0);
		pthread_join(thread, 0);
		if (held >= 0) close(held);
		held = fd;
		waitpid(child, 0, 0);
		usleep(200);
	}
}
int main(void)
{
	for (int i = 0; i < 4; i++)
		if (fork() == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); work(); }
	puts("ready");
	fflush(stdout);
	getchar();
	return 0;
}
`;

/** Holds a connected pair of unix sockets, files in both layers of an overlay, and runs from one of them. */
const holder = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sockaddr_un name = { AF_UNIX, "door" };
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0), accepted, lower, upper;

	if (argc > 2) {
		accepted = atoi(argv[2]);
	} else {
		if (chdir(argv[1])) return 1;
		unshare(CLONE_NEWNS);
		mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
		mkdir("low", 0755); mkdir("up", 0755); mkdir("work", 0755); mkdir("over", 0755);
		if (rename("copy", "low/program") || mount("o", "over", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work")) return 2;
		execl("over/program", "program", argv[1], "0", NULL);
		return 3;
	}
	bind(server, (void *)&name, sizeof(name));
	listen(server, 1);
	connect(client, (void *)&name, sizeof(name));
	accepted = accept(server, 0, 0);
	lower = open("over/program", O_RDONLY);
	upper = open("over/new", O_CREAT | O_RDWR, 0600);
	printf("%d %d %d %d %d %d\\n", getpid(), server, client, accepted, lower, upper);
	fflush(stdout);
	getchar();
	return 0;
}
`;

async function start(program: string, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const stop = async (): Promise<void> => {
    const ended = once(child, 'close');
    child.stdin.end('x');
    await ended;
  };
  return { line: line.latin1Slice().trim(), stop };
}

describe.skipIf(reason !== '')('what is there at the start', () => {
  let program: Program | undefined;
  let recording: Recording;
  let numbers: number[];

  beforeAll(async () => {
    const made = compileText({ 'holder.c': holder });
    program = made;
    await runProgram('cp', [made.path, path.join(made.folder, 'copy')]);
    const running = await start(made.path, [made.folder]);
    numbers = running.line.split(' ').map(Number);
    recording = await record({ syscalls: 'procexit' }, () => undefined);
    await running.stop();
  });
  afterAll(() => program?.remove());

  const fdOf = (index: number) =>
    recording.snapshot.fds?.find(({ tid }) => tid === numbers[0])?.entries.find(({ fd }) => fd === numbers[index]);

  it('knows in which layer of an overlay a program lies', () => {
    const thread = recording.snapshot.threads?.find(({ tid }) => tid === numbers[0]);
    expect(thread).toMatchObject({ comm: 'program', exeUpperLayer: false, exeLowerLayer: true });
  });

  it('knows the layers of open files', () => {
    const layers = bits('file_flags', 'FD_UPPER_LAYER', 'FD_LOWER_LAYER');
    expect((fdOf(4)?.openFlags ?? 0) & layers).toBe(bits('file_flags', 'FD_LOWER_LAYER'));
    expect((fdOf(5)?.openFlags ?? 0) & layers).toBe(bits('file_flags', 'FD_UPPER_LAYER'));
  });

  it('knows both ends of unix sockets', () => {
    const [server, client, accepted] = [fdOf(1), fdOf(2), fdOf(3)];
    expect(server).toMatchObject({ name: 'door', unixDest: '0' });
    expect(client?.unixSource).toMatch(/^ffff[0-9a-f]{12}$/);
    expect(client).toMatchObject({ name: 'door', unixDest: accepted?.unixSource });
    expect(accepted).toMatchObject({ name: 'door', unixDest: client?.unixSource });
  });
});

describe.skipIf(reason !== '')('a storm of forks and opens while the sensor starts', () => {
  let program: Program | undefined;
  let recording: Recording;
  /** When the scan was complete. */
  let scanned: bigint;

  beforeAll(async () => {
    const made = compileText({ 'storm.c': storm });
    program = made;
    const running = await start(made.path, []);
    recording = await record({ bufferBytes: 64 << 20 }, async () => {
      scanned = BigInt(Date.now()) * 1_000_000n;
      await new Promise((resolve) => setTimeout(resolve, 300));
      await running.stop();
    });
  });
  afterAll(() => program?.remove());

  /** Threads that the snapshot or an event told of, and events of others. */
  function threads(): { known: Set<number>; unknown: Seen[] } {
    const known = new Set((recording.snapshot.threads ?? []).map(({ tid }) => tid));
    const unknown: Seen[] = [];
    for (const event of recording.seen) {
      const isBirth = /^SYSCALL_(?:CLONE|FORK|VFORK|CLONE3)/.test(event.code);
      if (isBirth && Number(event.params['res']) > 0) known.add(Number(event.params['res']));
      if (isBirth && event.params['res'] === 0) known.add(event.tid);
      // Ends are told of from before the list is made: of those that end before their turn, that is all there is.
      if (!known.has(event.tid) && event.code !== 'PROCEXIT_1_E') unknown.push(event);
    }
    return { known, unknown };
  }

  it('loses no event', () => {
    expect(recording.problems).toEqual([]);
    expect(recording.lost).toEqual([]);
    expect(recording.seen.length).toBeGreaterThan(1000);
  });

  it('knows every thread before its first event', () => {
    const { known, unknown } = threads();
    expect(known.size).toBeGreaterThan(100);
    expect(unknown).toEqual([]);
  });

  it('knows every descriptor before it is closed, but those closed before the scan came to their process', () => {
    const listed = recording.snapshot.threads ?? [];
    const storm = new Set(listed.filter(({ comm }) => comm === 'storm').map(({ tid }) => tid));
    const pidOf = new Map(listed.map(({ tid, pid }) => [tid, pid]));
    const open = new Map<number, Set<number>>();
    for (const { tid, entries } of recording.snapshot.fds ?? []) open.set(tid, new Set(entries.map(({ fd }) => fd)));
    let closes = 0;
    const strange: Seen[] = [];
    for (const event of recording.seen) {
      if (event.params['comm'] === 'storm') storm.add(event.tid);
      if (!storm.has(event.tid)) continue;
      const pid = pidOf.get(event.tid) ?? event.tid;
      const fds = open.get(pid) ?? new Set<number>();
      open.set(pid, fds);
      if (/CLONE|FORK/.test(event.code) && event.params['res'] === 0) {
        pidOf.set(event.tid, Number(event.params['pid']));
        if (event.params['pid'] === event.tid) open.set(event.tid, new Set(open.get(Number(event.params['ptid']))));
      } else if (event.code === 'SYSCALL_OPENAT_2_X' && Number(event.params['fd']) >= 0) {
        fds.add(Number(event.params['fd']));
      } else if (event.code === 'SYSCALL_CLOSE_X' && event.params['res'] === 0) {
        closes += 1;
        if (!fds.delete(Number(event.params['fd']))) strange.push(event);
      }
    }
    expect(closes).toBeGreaterThan(100);
    expect(strange.filter(({ time }) => time > scanned)).toEqual([]);
    expect(strange.length).toBeLessThan(closes / 20);
  });
});
