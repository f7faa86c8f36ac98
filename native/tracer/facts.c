/* What /proc says of threads, and their memory. */
#define _GNU_SOURCE
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

int stopped_tid, stopped_pid;

static struct task_struct facts;
static bool facts_are_known;

static ssize_t read_file(const char *path, char *to, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n;

	to[0] = 0;
	if (fd < 0)
		return -1;
	while (done < room - 1 && (n = read(fd, to + done, room - 1 - done)) > 0)
		done += n;
	close(fd);
	to[done] = 0;
	return done;
}

/* A file of the thread's own folder. */
static ssize_t read_own(const char *name, char *to, size_t room)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", stopped_pid, stopped_tid, name);
	return read_file(path, to, room);
}

u64 boot_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Memory ----------------------------------------------------------------------------------------------------------- */

static ssize_t copy_memory(void *to, size_t size, u64 from)
{
	struct iovec local = { to, size }, remote = { (void *)(uintptr_t)from, size };

	return process_vm_readv(stopped_tid, &local, 1, &remote, 1, 0);
}

long read_memory(void *to, size_t size, u64 from)
{
	return size == 0 || copy_memory(to, size, from) == (ssize_t)size ? 0 : -1;
}

long read_text(void *to, size_t room, u64 from)
{
	size_t done = 0;

	/* Page by page: what lies behind the end of the text may not be readable. */
	while (done < room) {
		size_t rest = PAGE - ((from + done) & (PAGE - 1));
		size_t size = rest < room - done ? rest : room - done;
		ssize_t n = copy_memory((char *)to + done, size, from + done);
		char *end = n > 0 ? memchr((char *)to + done, 0, n) : NULL;

		if (n <= 0)
			return -EFAULT;
		if (end)
			return end - (char *)to + 1;
		done += n;
	}
	((char *)to)[room - 1] = 0;
	return room;
}

long copy_text(void *to, size_t room, const void *from)
{
	size_t size = strnlen(from, room - 1);

	memcpy(to, from, size);
	((char *)to)[size] = 0;
	return size + 1;
}

/* Threads ---------------------------------------------------------------------------------------------------------- */

void select_thread(int tid, int pid)
{
	stopped_tid = tid;
	stopped_pid = pid;
	facts_are_known = false;
}

/* Text behind `name` in the lines of a status file; NULL: there is no such line. */
static const char *line_of(const char *text, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = text; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
		if (strncmp(at, name, size) == 0 && at[size] == ':')
			return at + size + 1;
	}
	return NULL;
}

static u64 number_of(const char *text, const char *name, int base)
{
	const char *line = line_of(text, name);

	return line ? strtoull(line, NULL, base) : 0;
}

/* First and last number of a line: as we see the id, and as the process itself does. */
static int ids_of(const char *text, const char *name, int *outer, int *own)
{
	const char *line = line_of(text, name);
	int count = 0;
	char *end;

	while (line && *line && *line != '\n') {
		long n = strtol(line, &end, 10);

		if (end == line)
			break;
		if (count++ == 0)
			*outer = n;
		*own = n;
		for (line = end; *line == '\t' || *line == ' '; line++)
			;
	}
	return count;
}

static u32 nth_id(const char *text, const char *name, int index)
{
	const char *line = line_of(text, name);
	unsigned long value = 0;
	char *end;

	for (int i = 0; line && i <= index; i++, line = end)
		value = strtoul(line, &end, 10);
	return value;
}

static void parse_status(const char *text)
{
	const char *groups = line_of(text, "Groups");
	int levels = ids_of(text, "NSpid", &(int){ 0 }, &facts.vtid);

	facts.parent = number_of(text, "PPid", 10);
	ids_of(text, "NStgid", &(int){ 0 }, &facts.vpid);
	ids_of(text, "NSpgid", &facts.pgid, &facts.vpgid);
	facts.in_pidns = levels > 1;
	facts.euid = nth_id(text, "Uid", 1);
	facts.fsuid = nth_id(text, "Uid", 3);
	facts.egid = nth_id(text, "Gid", 1);
	facts.fsgid = nth_id(text, "Gid", 3);
	if (groups)
		snprintf(facts.groups, sizeof(facts.groups), " %.*s ", (int)strcspn(groups + 1, "\n"), groups + 1);
	facts.vm_size = number_of(text, "VmSize", 10);
	facts.vm_rss = number_of(text, "VmRSS", 10);
	facts.vm_swap = number_of(text, "VmSwap", 10);
	facts.inheritable = number_of(text, "CapInh", 16);
	facts.permitted = number_of(text, "CapPrm", 16);
	facts.effective = number_of(text, "CapEff", 16);
}

/* Numbers of the fields of a stat file (proc(5)). */
enum { STAT_TTY = 7, STAT_MINOR = 10, STAT_MAJOR = 12, STAT_START = 22, STAT_ARGS = 48, STAT_FIELDS = 52 };

/* The name may hold blanks and parentheses, so that the numbers begin behind the last one. @returns whether there are any. */
static bool parse_stat(const char *text, u64 fields[STAT_FIELDS], char comm[16])
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	size_t size;
	char *end;

	memset(fields, 0, STAT_FIELDS * sizeof(*fields));
	if (!open || !close || close < open || strlen(close) < 4)
		return false;
	size = close - open - 1 < 15 ? close - open - 1 : 15;
	memcpy(comm, open + 1, size);
	comm[size] = 0;
	close += 4;
	for (int i = 4; i < STAT_FIELDS; i++, close = end) {
		fields[i] = strtoull(close, &end, 10);
		if (end == close)
			break;
	}
	return true;
}

/* Whether children are made in another pid namespace than the thread's own. */
static bool is_for_children_elsewhere(void)
{
	char path[64], own[64] = "", children[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/pid", stopped_pid, stopped_tid);
	if (readlink(path, own, sizeof(own) - 1) <= 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/pid_for_children", stopped_pid, stopped_tid);
	/* Empty until the new namespace has its first process. */
	if (readlink(path, children, sizeof(children) - 1) <= 0)
		return true;
	return strcmp(own, children) != 0;
}

struct task_struct *thread_facts(void)
{
	u64 fields[STAT_FIELDS];
	struct rlimit limit;
	char text[8192];

	if (facts_are_known)
		return &facts;
	facts_are_known = true;
	memset(&facts, 0, sizeof(facts));
	facts.tid = facts.vtid = stopped_tid;
	facts.pid = facts.vpid = stopped_pid;
	facts.loginuid = (u32)-1;
	if (read_own("status", text, sizeof(text)) > 0)
		parse_status(text);
	if (read_own("stat", text, sizeof(text)) > 0 && parse_stat(text, fields, facts.comm)) {
		facts.tty = fields[STAT_TTY];
		facts.minor_faults = fields[STAT_MINOR];
		facts.major_faults = fields[STAT_MAJOR];
		facts.arg_start = fields[STAT_ARGS];
		facts.arg_end = fields[STAT_ARGS + 1];
		facts.env_start = fields[STAT_ARGS + 2];
		facts.env_end = fields[STAT_ARGS + 3];
	}
	if (read_own("loginuid", text, sizeof(text)) > 0)
		facts.loginuid = strtoul(text, NULL, 10);
	if (prlimit(stopped_pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		facts.fd_limit = limit.rlim_cur;
	facts.in_pidns = facts.in_pidns || is_for_children_elsewhere();
	return &facts;
}

static const char *const subsystems[] = { "cpuset", "cpu", "cpuacct", "io", "memory" };

/* Whether a list such as `cpu,cpuacct` has the subsystem; io was called blkio before. */
static bool names_subsystem(const char *list, size_t size, const char *wanted)
{
	for (const char *at = list; at < list + size;) {
		const char *end = memchr(at, ',', list + size - at);
		size_t length = (end ? end : list + size) - at;

		if ((length == strlen(wanted) && memcmp(at, wanted, length) == 0) ||
		    (strcmp(wanted, "io") == 0 && length == 5 && memcmp(at, "blkio", 5) == 0))
			return true;
		at += length + 1;
	}
	return false;
}

u32 control_groups(char *to, u32 room)
{
	static char text[16384];
	u32 size = 0;

	if (read_own("cgroup", text, sizeof(text)) <= 0)
		return 0;
	for (size_t i = 0; i < sizeof(subsystems) / sizeof(subsystems[0]); i++) {
		const char *path = NULL, *unified = NULL;
		size_t length, unified_length = 0, path_length = 0;

		/* Lines are `number:subsystems:path`; the second version has number 0 and no subsystems. */
		for (const char *line = text; *line; line += length + (line[length] == '\n')) {
			const char *names = memchr(line, ':', length = strcspn(line, "\n"));
			const char *end = names ? memchr(names + 1, ':', line + length - names - 1) : NULL;

			if (!end)
				continue;
			if (end == names + 1) {
				unified = end + 1;
				unified_length = line + length - unified;
			} else if (names_subsystem(names + 1, end - names - 1, subsystems[i])) {
				path = end + 1;
				path_length = line + length - path;
			}
		}
		if (!path) {
			path = unified;
			path_length = unified_length;
		}
		/* All must fit into one text: the rest is left out. */
		if (!path || size + strlen(subsystems[i]) + 1 + path_length + 1 > room)
			continue;
		size += sprintf(to + size, "%s=%.*s", subsystems[i], (int)path_length, path) + 1;
	}
	return size;
}

/* Starts of the first processes of pid namespaces that were seen. */
static struct {
	ino_t namespace;
	u64 start;
} first_processes[64];
static size_t first_process_count;

static u64 start_of(const char *stat_path)
{
	u64 fields[STAT_FIELDS];
	char text[1024], comm[16];

	if (read_file(stat_path, text, sizeof(text)) <= 0 || !parse_stat(text, fields, comm))
		return 0;
	return fields[STAT_START] * (1000000000ull / sysconf(_SC_CLK_TCK));
}

u64 namespace_start(void)
{
	static u64 own;
	char path[64];
	struct stat st;

	thread_facts();
	if (facts.vpid == facts.pid) {
		if (own == 0)
			own = start_of("/proc/1/stat");
		return own;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", stopped_pid);
	if (stat(path, &st) != 0)
		return 0;
	for (size_t i = 0; i < first_process_count; i++) {
		if (first_processes[i].namespace == st.st_ino)
			return first_processes[i].start;
	}
	if (facts.vpid != 1 || first_process_count == sizeof(first_processes) / sizeof(first_processes[0]))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", stopped_pid);
	first_processes[first_process_count].namespace = st.st_ino;
	return first_processes[first_process_count++].start = start_of(path);
}

int first_child(void)
{
	char text[32];

	return read_own("children", text, sizeof(text)) > 0 ? atoi(text) : 0;
}

static u64 status_number(int pid, const char *name)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return read_file(path, text, sizeof(text)) > 0 ? number_of(text, name, 10) : 0;
}

int parent_process(int pid)
{
	return status_number(pid, "PPid");
}

int process_of(int tid)
{
	return status_number(tid, "Tgid");
}

bool is_signal_heeded(int sig)
{
	u64 bit = 1ull << (sig - 1), caught, passed_over;
	char text[8192];

	if (read_own("status", text, sizeof(text)) <= 0)
		return true;
	caught = number_of(text, "SigCgt", 16);
	passed_over = number_of(text, "SigIgn", 16);
	if (caught & bit)
		return true;
	return !(passed_over & bit) && sig != SIGCHLD && sig != SIGURG && sig != SIGWINCH && sig != SIGCONT;
}
