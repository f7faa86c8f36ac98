/*
 * Gives up rights, which Node can't. Linux keeps them by thread, and Node has several before the first line of a program
 * runs: so only the calling thread is changed, and the caller has to execute the program anew, which leaves no other thread.
 * src/app/rights/addon.ts declares and describes what is exported here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LAST_CAPABILITY 63

/* Takes what is not kept out of the set that execve works with. @returns a negative error number. */
static int drop_bounding(uint64_t keep)
{
	for (int bit = 0; bit <= LAST_CAPABILITY; bit++) {
		if ((keep >> bit & 1) != 0 || prctl(PR_CAPBSET_READ, bit, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

/* Ambient rights are those that a program of a user other than root has after execve; root has the bounding set. */
static void set_ambient(uint64_t keep)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (geteuid() == 0)
		return;
	for (int bit = 0; bit <= LAST_CAPABILITY; bit++)
		if ((keep >> bit & 1) != 0)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, bit, 0, 0);
}

static int restrict_thread(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	/* Needs CAP_SETPCAP; without it, no_new_privs below keeps what is given up from coming back. */
	int bounding = drop_bounding(keep);

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(keep >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = geteuid() == 0 ? 0 : data[i].permitted;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return -errno;
	set_ambient(keep);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return bounding == -EPERM ? 0 : bounding;
}

/* (bits 0-31, bits 32-63 of the capabilities to keep): 0 or a negative error number */
static napi_value restrict_rights(napi_env env, napi_callback_info info)
{
	napi_value argv[2], result;
	uint32_t low, high;
	size_t argc = 2;
	int number = -EINVAL;

	if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) == napi_ok && argc == 2 &&
	    napi_get_value_uint32(env, argv[0], &low) == napi_ok && napi_get_value_uint32(env, argv[1], &high) == napi_ok)
		number = restrict_thread((uint64_t)high << 32 | low);
	return napi_create_int32(env, number, &result) == napi_ok ? result : NULL;
}

NAPI_MODULE_INIT()
{
	napi_value function;

	if (napi_create_function(env, "restrict", NAPI_AUTO_LENGTH, restrict_rights, NULL, &function) != napi_ok ||
	    napi_set_named_property(env, exports, "restrict", function) != napi_ok)
		return NULL;
	return exports;
}
