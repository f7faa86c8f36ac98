import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bits } from './calls/kit.ts';
import { compileText } from './calls/compile.ts';
import { type Program, record, type Recording, runProgram, type Seen, whyNot } from './sensor-kit.ts';

const reason = whyNot();
if (reason !== '') console.warn(`kernel tests of tracepoints are skipped: ${reason}`);

const text = `
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
static volatile int rang;
static void ignore(int number) { rang |= number == SIGALRM; }
int main(void)
{
	char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int pid = getpid(), child;

	signal(SIGUSR1, ignore); signal(SIGCHLD, ignore); signal(SIGALRM, ignore); signal(SIGSEGV, ignore);
	page[0] = 1;
	*(volatile char *)(page + 4096);
	kill(pid, SIGUSR1);
	child = fork();
	if (child == 0) { kill(pid, SIGUSR1); kill(getpid(), SIGTERM); }
	while (waitpid(child, 0, 0) != child) ;
	ualarm(1000, 0); while (!rang) usleep(1000);
	printf("%d %d %ld\\n", pid, child, (long)page);
	return 0;
}
`;

describe.skipIf(reason !== '')('tracepoints', () => {
  let program: Program | undefined;
  let recording: Recording;
  let [pid, child, page] = [0, 0, 0];

  beforeAll(async () => {
    const made = compileText({ 'traced.c': text });
    program = made;
    const config = { syscalls: 'signaldeliver switch page_fault procexit', bufferBytes: 64 << 20 };
    recording = await record(config, async () => {
      const { output } = await runProgram(made.path, []);
      [pid = 0, child = 0, page = 0] = output.trim().split(' ').map(Number);
    });
  });
  afterAll(() => program?.remove());

  const of = (tid: number, code: string): Seen[] => recording.seen.filter((e) => e.tid === tid && e.code === code);

  it('come in the layout of the event table', () => {
    expect(recording.problems).toEqual([]);
    const faults = process.arch === 'x64' ? ['PAGE_FAULT_E'] : [];
    expect(new Set(recording.seen.map((event) => event.code))).toEqual(
      new Set(['SIGNALDELIVER_E', 'SCHEDSWITCH_6_E', 'PROCEXIT_1_E', ...faults]),
    );
  });

  it('tell signals, and who sent them', () => {
    const seen = of(pid, 'SIGNALDELIVER_E').map(({ params }) => [params['spid'], params['dpid'], params['sig']]);
    expect(seen).toContainEqual([pid, pid, 10]);
    expect(seen).toContainEqual([child, pid, 10]);
    expect(seen).toContainEqual([child, pid, 17]);
    expect(seen).toContainEqual([0, pid, 14]);
    // A signal that ends a process is delivered as SIGKILL.
    expect(of(child, 'SIGNALDELIVER_E').map(({ params }) => params['sig'])).toEqual([9]);
  });

  it('tell which thread runs next', () => {
    const away = of(pid, 'SCHEDSWITCH_6_E');
    const back = recording.seen.filter((e) => e.code === 'SCHEDSWITCH_6_E' && e.params['next'] === pid);
    expect(away.length).toBeGreaterThan(0);
    expect(back.length).toBeGreaterThan(0);
    expect(away.every(({ params }) => Number(params['vm_size']) > 0 || params['vm_rss'] === 0)).toBe(true);
  });

  it.runIf(process.arch === 'x64')('tell page faults', () => {
    const faults = of(pid, 'PAGE_FAULT_E');
    const at = (address: number): Seen | undefined => faults.find(({ params }) => params['addr'] === address);
    const common = bits('pf_flags', 'PAGE_NOT_PRESENT', 'USER_FAULT');
    expect(at(page)?.params['error']).toBe(common | bits('pf_flags', 'WRITE_ACCESS'));
    expect(at(page + 4096)?.params['error']).toBe(common | bits('pf_flags', 'READ_ACCESS'));
    expect(at(page)?.params['ip']).toBeGreaterThan(4096);
  });

  it('are silent while no one asks for them', async () => {
    const { seen } = await record({ syscalls: 'procexit' }, () => runProgram(program!.path, []));
    expect(new Set(seen.map((event) => event.code))).toEqual(new Set(['PROCEXIT_1_E']));
  });
});
