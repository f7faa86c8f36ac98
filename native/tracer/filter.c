#define _GNU_SOURCE
#include "filter.h"
#include "calls.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#define X32_BIT 0x40000000u
#ifdef __TARGET_ARCH_arm64
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#endif

static struct sock_filter code[4096];
static unsigned short length;

static void add(unsigned short op, uint32_t value, uint8_t yes, uint8_t no)
{
	code[length++] = (struct sock_filter){ op, yes, no, value };
}

/* Stops at any of the numbers in the accumulator, lets all others pass. */
static void add_numbers(const u16 *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* Jumps reach 255 instructions, so that each number has an end of its own. */
		add(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], 0, 1);
		add(BPF_RET | BPF_K, SECCOMP_RET_TRACE, 0, 0);
	}
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

bool filter_is_possible(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

bool filter_prepare(void)
{
	static u16 native[SAKER_SYSCALLS], compat[SAKER_SYSCALLS + 1];
	size_t compat_count, count = numbers_to_stop_at(native, compat, &compat_count);

	if (2 * (count + compat_count) + 16 > sizeof(code) / sizeof(code[0]))
		return false;
	length = 0;
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	/* Behind this lies what is for 64-bit programs: too far for a conditional jump. */
	add(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	add(BPF_JMP | BPF_JA, 3 + 2 * count, 0, 0);
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(BPF_ALU | BPF_AND | BPF_K, ~X32_BIT, 0, 0);
	add_numbers(native, count);
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add_numbers(compat, compat_count);
	return true;
}

int filter_install(void)
{
	struct sock_fprog program = { length, code };

	/* Without CAP_SYS_ADMIN the kernel asks for this promise; setuid programs then run without the rights of their owner. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
		return 0;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}
