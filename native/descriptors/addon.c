/*
 * Descriptors that Node can't make: a socket connected to a local daemon (system log, service manager) and a pipe.
 * Everything else is done with them in TypeScript. Apart from the sensor's addon, because it needs no library and alerts
 * are also written where there is no sensor. src/writers/descriptors.ts declares and describes what is exported here.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Errors are answered as negative numbers: Node has their names and texts. */
static napi_value number_value(napi_env env, int number)
{
	napi_value value;

	return napi_create_int32(env, number, &value) == napi_ok ? value : NULL;
}

static bool set_number(napi_env env, napi_value object, const char *name, int number)
{
	napi_value value;

	return napi_create_int32(env, number, &value) == napi_ok &&
	       napi_set_named_property(env, object, name, value) == napi_ok;
}

/* The numbers as an object; closes them where that fails. */
static napi_value give(napi_env env, const char *first, int a, const char *second, int b, bool both)
{
	napi_value object;

	if (napi_create_object(env, &object) == napi_ok && set_number(env, object, first, a) &&
	    set_number(env, object, second, b))
		return object;
	close(a);
	if (both)
		close(b);
	return number_value(env, -ENOMEM);
}

static napi_value connect_local(napi_env env, napi_callback_info info)
{
	/* As the C library does: datagrams, and a stream where the daemon wants that. */
	static const int types[] = { SOCK_DGRAM, SOCK_STREAM };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	/* One more than fits, so that a path that is too long shows. */
	char path[sizeof(address.sun_path) + 1];
	napi_value argv[1];
	size_t argc = 1, length;
	socklen_t size;
	int number = EPROTOTYPE;

	if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || argc < 1 ||
	    napi_get_value_string_utf8(env, argv[0], path, sizeof(path), &length) != napi_ok)
		return number_value(env, -EINVAL);
	if (length >= sizeof(address.sun_path))
		return number_value(env, -ENAMETOOLONG);
	memcpy(address.sun_path, path, length + 1);
	size = offsetof(struct sockaddr_un, sun_path) + length + 1;
	/* A name that is in no folder: written with @ in the place of its first byte, and without an end of its own. */
	if (path[0] == '@') {
		address.sun_path[0] = 0;
		size--;
	}
	for (int i = 0; i < 2 && number == EPROTOTYPE; i++) {
		int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			return number_value(env, -errno);
		if (connect(fd, (struct sockaddr *)&address, size) == 0)
			return give(env, "fd", fd, "isStream", types[i] == SOCK_STREAM, false);
		number = errno;
		close(fd);
	}
	return number_value(env, -number);
}

static napi_value make_pipe(napi_env env, napi_callback_info info)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return number_value(env, -errno);
	/* Only our end: a program expects that its standard input waits. */
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0) {
		int number = errno;

		close(fds[0]);
		close(fds[1]);
		return number_value(env, -number);
	}
	return give(env, "read", fds[0], "write", fds[1], true);
}

static napi_value unread(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	size_t argc = 1;
	int fd, bytes;

	if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || argc < 1 ||
	    napi_get_value_int32(env, argv[0], &fd) != napi_ok)
		return number_value(env, -EINVAL);
	if (ioctl(fd, FIONREAD, &bytes) < 0)
		return number_value(env, -errno);
	return number_value(env, bytes);
}

NAPI_MODULE_INIT()
{
	static const struct {
		const char *name;
		napi_callback function;
	} functions[] = { { "connectLocal", connect_local }, { "pipe", make_pipe }, { "unread", unread } };

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		napi_value function;

		if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function) !=
			    napi_ok ||
		    napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
			return NULL;
	}
	return exports;
}
