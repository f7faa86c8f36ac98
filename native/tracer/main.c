/*
 * saker-trace: watches a tree of processes by ptrace and tells of it in the blocks of a capture. It needs no rights of its
 * own and is started by Saker only (src/sources/ptrace): it speaks on descriptors 3 and 4, see protocol.h.
 *
 *   saker-trace run COMMAND [ARGUMENT...]      launches a command; its standard input and outputs are those of Saker
 *   saker-trace attach PID                     takes hold of a running process and its descendants
 *
 * ptrace belongs to a thread, so one thread does all of it. A second one writes what was seen, a third one listens to Saker.
 */
#define _GNU_SOURCE
#include "calls.h"
#include "filter.h"
#include "output.h"
#include "protocol.h"
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_FRAME (64 * 1024)
#define DETACH_MS 2000

static struct settings settings;
static pthread_t tracing_thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct requests requests;
static bool has_requests;

/* What Saker says -------------------------------------------------------------------------------------------------- */

static bool read_all(void *to, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = read(CONTROL_FD, (char *)to + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += n;
	}
	return true;
}

/* @returns the size of the content; negative: Saker is gone or talks nonsense. */
static ssize_t read_frame(uint32_t *type, char content[LARGEST_FRAME])
{
	struct frame head;

	if (!read_all(&head, sizeof(head)) || head.length < sizeof(head) || head.length - sizeof(head) >= LARGEST_FRAME ||
	    !read_all(content, head.length - sizeof(head)))
		return -1;
	*type = head.type;
	content[head.length - sizeof(head)] = 0;
	return head.length - sizeof(head);
}

static void add_request(uint32_t type, const char *content, size_t size)
{
	pthread_mutex_lock(&lock);
	if (type == SAKER_GO)
		requests.go = true;
	if (type == SAKER_END)
		requests.end = true;
	if (type == SAKER_SIGNAL && size == sizeof(requests.signal))
		memcpy(&requests.signal, content, sizeof(requests.signal));
	if (type == SAKER_INTEREST && size == sizeof(requests.wanted)) {
		memcpy(&requests.wanted, content, sizeof(requests.wanted));
		requests.interest = true;
	}
	has_requests = true;
	pthread_cond_broadcast(&changed);
	/* A signal may arrive just before the wait that it is to end: again, until it has been taken note of. */
	while (has_requests) {
		struct timespec soon;

		pthread_kill(tracing_thread, SIGUSR1);
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 5000000;
		soon.tv_sec += soon.tv_nsec / 1000000000;
		soon.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&changed, &lock, &soon);
	}
	pthread_mutex_unlock(&lock);
}

static void *listen_loop(void *unused)
{
	static char content[LARGEST_FRAME];
	uint32_t type;
	ssize_t size;

	while ((size = read_frame(&type, content)) >= 0) {
		add_request(type, content, size);
		if (type != SAKER_END)
			continue;
		/* A thread that can't be stopped now is let go of by the kernel when this process ends. */
		usleep(DETACH_MS * 1000);
		_exit(0);
	}
	/* Without Saker nothing is told to anybody. What was launched ends with this process, what was attached to goes on. */
	_exit(1);
}

static bool next_request(struct requests *out)
{
	bool any;

	pthread_mutex_lock(&lock);
	any = has_requests;
	if (any) {
		*out = requests;
		memset(&requests, 0, sizeof(requests));
		has_requests = false;
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
	return any;
}

static void wait_for_go(void)
{
	pthread_mutex_lock(&lock);
	while (!requests.go)
		pthread_cond_wait(&changed, &lock);
	requests.go = false;
	has_requests = requests.end || requests.signal || requests.interest;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static bool read_settings(void)
{
	static char content[LARGEST_FRAME];
	char *line, *rest = NULL;
	uint32_t type;
	ssize_t size = read_frame(&type, content);

	if (size < (ssize_t)sizeof(settings) || type != SAKER_SETTINGS)
		return false;
	memcpy(&settings, content, sizeof(settings));
	control.snap_length = settings.snap_length;
	control.boot_epoch_ns = ({
		struct timespec t;

		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_sec * 1000000000ull + t.tv_nsec - boot_clock();
	});
	memcpy(control.interest, settings.interest.calls, sizeof(control.interest));
	memcpy(control.generic_code, settings.generic_codes, sizeof(control.generic_code));
	control.exits = settings.interest.exits;
	for (line = strtok_r(content + sizeof(settings), "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *name = strchr(line, ' ');

		if (name)
			set_filler(atoi(line), name + 1);
	}
	return true;
}

/* Signals ---------------------------------------------------------------------------------------------------------- */

static void on_wake(int sig)
{
}

static void on_interrupt(int sig, siginfo_t *info, void *context)
{
	if (info->si_code == SI_KERNEL)
		trace_note_terminal_signal();
}

/* What the terminal sends is for the command; when it ends, so does the tracer. */
static const int ignored[] = { SIGQUIT, SIGHUP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE };

static void set_signals(void)
{
	struct sigaction wake = { .sa_handler = on_wake }, interrupt = { .sa_sigaction = on_interrupt };

	/* No SA_RESTART: the wait for the next stop has to end. */
	sigaction(SIGUSR1, &wake, NULL);
	interrupt.sa_flags = SA_SIGINFO | SA_RESTART;
	sigaction(SIGINT, &interrupt, NULL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static void reset_signals(void)
{
	signal(SIGUSR1, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_DFL);
}

/* Launching -------------------------------------------------------------------------------------------------------- */

static void fail(enum step step, int error)
{
	uint32_t content[2] = { step, error };

	output_message(TRACER_FAILED, content, 2);
	output_end();
	_exit(0);
}

static void may_fail(enum step step, int error)
{
	if (error)
		fail(step, error);
}

/* Finds a command as shells do, so that looking for it makes no events. @returns an errno. */
static int find_command(const char *name, char path[4096])
{
	const char *folders = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/')) {
		snprintf(path, 4096, "%s", name);
		return 0;
	}
	for (const char *at = folders ? folders : "/usr/local/bin:/usr/bin:/bin"; at; at = strchr(at, ':') ? strchr(at, ':') + 1 : NULL) {
		int size = strcspn(at, ":");
		struct stat st;

		if (snprintf(path, 4096, "%.*s/%s", size ? size : 1, size ? at : ".", name) >= 4096 || stat(path, &st) != 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		if (access(path, X_OK) == 0)
			return 0;
		error = EACCES;
	}
	return error;
}

static void run_child(const char *path, char **arguments, int go, int answer)
{
	char byte;
	int error;

	if (read(go, &byte, 1) != 1)
		_exit(126);
	reset_signals();
	error = settings.use_filter ? filter_install() : 0;
	if (!error) {
		execv(path, arguments);
		error = errno;
	}
	if (write(answer, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static void begin(void)
{
	uint32_t *pids;
	size_t count = trace_processes(&pids);

	output_message(TRACER_READY, pids, count);
	free(pids);
	wait_for_go();
}

static void launch(char **arguments)
{
	int go[2], answer[2], error;
	struct trace_options options = { .enter_events = settings.enter_events, .signals = settings.interest.signals };
	uint32_t status;
	char path[4096];

	may_fail(STEP_FIND, find_command(arguments[0], path));
	settings.use_filter = settings.use_filter && filter_is_possible() && filter_prepare();
	if (pipe2(go, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0)
		fail(STEP_LAUNCH, errno);
	options.command = fork();
	if (options.command < 0)
		fail(STEP_LAUNCH, errno);
	if (options.command == 0)
		run_child(path, arguments, go[0], answer[1]);
	close(answer[1]);
	options.is_filtered = settings.use_filter;
	error = trace_launched(options.command, &options);
	if (error) {
		kill(options.command, SIGKILL);
		fail(STEP_TRACE, error);
	}
	begin();
	if (write(go[1], "", 1) != 1)
		_exit(1);
	trace_run(next_request);
	if (!trace_was_executed() && read(answer[0], &error, sizeof(error)) == sizeof(error))
		fail(STEP_EXECUTE, error);
	status = trace_command_status();
	output_message(TRACER_ENDED, &status, 1);
}

static void attach(int pid)
{
	struct trace_options options = { .enter_events = settings.enter_events, .signals = settings.interest.signals };

	may_fail(STEP_TRACE, trace_attach(pid, &options));
	begin();
	trace_run(next_request);
	output_message(TRACER_ENDED, NULL, 0);
}

int main(int count, char **arguments)
{
	bool is_launch = count > 2 && strcmp(arguments[1], "run") == 0;
	pthread_t listener;

	if (!is_launch && !(count == 3 && strcmp(arguments[1], "attach") == 0)) {
		fprintf(stderr, "saker-trace is started by `saker run --ptrace`\n");
		return 2;
	}
	if (fcntl(EVENTS_FD, F_SETFD, FD_CLOEXEC) != 0 || fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) != 0 || !read_settings())
		return 2;
	set_signals();
	tracing_thread = pthread_self();
	if (output_begin(EVENTS_FD, settings.coalesce_ms) != 0 || pthread_create(&listener, NULL, listen_loop, NULL) != 0)
		return 2;
	if (is_launch)
		launch(arguments + 2);
	else
		attach(atoi(arguments[2]));
	output_end();
	return 0;
}
