/*
 * The addon: hands the sensor of sensor.h to JavaScript. src/sources/ebpf/addon.ts declares and describes what is
 * exported here.
 */
#include "addon.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>

static bool call_ready(void *data)
{
	struct handle *h = data;

	return napi_call_threadsafe_function(h->ready, NULL, napi_tsfn_nonblocking) != napi_closing;
}

/* Everything but the JavaScript objects; the environment may be going down. */
static void stop_handle(void *data)
{
	struct handle *h = data;

	if (!h->open)
		return;
	h->open = false;
	sensor_close(&h->sensor);
}

static void collect_handle(napi_env env, void *data, void *hint)
{
	struct handle *h = data;

	if (h->open) {
		napi_remove_env_cleanup_hook(env, stop_handle, h);
		stop_handle(h);
		napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
	}
	free(h);
}

/* The memory belongs to the sensor, whatever happens to the array buffer. */
static void keep_memory(napi_env env, void *data, void *hint)
{
}

struct handle *handle_of(napi_env env, napi_callback_info info, size_t wanted, napi_value *argv)
{
	size_t argc = wanted;
	void *data = NULL;

	if (napi_get_cb_info(env, info, &argc, argv, NULL, NULL) != napi_ok || argc < wanted ||
	    napi_get_value_external(env, argv[0], &data) != napi_ok) {
		napi_throw_type_error(env, "SAKER_ADDON", "a sensor handle is wanted");
		return NULL;
	}
	if (!((struct handle *)data)->open) {
		napi_throw_error(env, "SAKER_CLOSED", "the sensor is closed");
		return NULL;
	}
	return data;
}

void throw_message(napi_env env, const char *message)
{
	bool pending = false;

	napi_is_exception_pending(env, &pending);
	if (!pending)
		napi_throw_error(env, "SAKER_SENSOR", message);
}

/* The function that JavaScript gave, callable from the waiting thread. */
static napi_status make_ready(napi_env env, napi_value options, struct handle *h)
{
	napi_value callback, name;
	napi_status status = napi_get_named_property(env, options, "onReady", &callback);

	if (status == napi_ok)
		status = napi_create_string_utf8(env, "saker sensor", NAPI_AUTO_LENGTH, &name);
	if (status == napi_ok)
		status = napi_create_threadsafe_function(env, callback, NULL, name, 1, 1, NULL, NULL, NULL, NULL, &h->ready);
	return status;
}

/* { handle, data }: the data of all rings. */
static napi_value make_result(napi_env env, struct handle *h)
{
	napi_value result, handle, data;

	TRY(env, napi_create_object(env, &result));
	TRY(env, napi_create_external_arraybuffer(env, h->sensor.data, h->sensor.data_bytes, keep_memory, NULL, &data));
	TRY(env, napi_create_reference(env, data, 1, &h->data));
	TRY(env, napi_create_external(env, h, collect_handle, NULL, &handle));
	TRY(env, napi_set_named_property(env, result, "handle", handle));
	TRY(env, napi_set_named_property(env, result, "data", data));
	return result;
}

static napi_value open_sensor(napi_env env, napi_callback_info info)
{
	struct sensor_options options = { 0 };
	struct sensor_filler *fillers = NULL;
	char error[SENSOR_ERROR_SIZE] = "";
	napi_value argument, result;
	struct handle *h;
	size_t argc = 1;
	bool ok;

	TRY(env, napi_get_cb_info(env, info, &argc, &argument, NULL, NULL));
	if (argc < 1 || !read_options(env, argument, &options, &fillers)) {
		throw_message(env, "wrong options for the sensor");
		return NULL;
	}
	h = calloc(1, sizeof(*h));
	if (!h || make_ready(env, argument, h) != napi_ok) {
		free(fillers);
		free(h);
		throw_message(env, "no memory, or onReady is no function");
		return NULL;
	}
	options.on_ready = call_ready;
	options.data = h;
	h->env = env;
	ok = sensor_open(&h->sensor, &options, error);
	free(fillers);
	if (ok && !sensor_start(&h->sensor, error)) {
		sensor_close(&h->sensor);
		ok = false;
	}
	if (!ok) {
		napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
		free(h);
		throw_message(env, error);
		return NULL;
	}
	h->open = true;
	napi_add_env_cleanup_hook(env, stop_handle, h);
	result = make_result(env, h);
	return result;
}

static napi_value close_sensor(napi_env env, napi_callback_info info)
{
	napi_value argv[1], data = NULL;
	struct handle *h;
	size_t argc = 1;

	TRY(env, napi_get_cb_info(env, info, &argc, argv, NULL, NULL));
	TRY(env, napi_get_value_external(env, argv[0], (void **)&h));
	/* Closing twice is no mistake. */
	if (!h->open)
		return NULL;
	if (napi_get_reference_value(env, h->data, &data) == napi_ok && data)
		napi_detach_arraybuffer(env, data);
	napi_delete_reference(env, h->data);
	napi_remove_env_cleanup_hook(env, stop_handle, h);
	stop_handle(h);
	napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
	return NULL;
}

/* Gives memory back to the system that the C library keeps: what the compiler needed at the start, tens of MB, above all. */
static napi_value trim(napi_env env, napi_callback_info info)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
	return NULL;
}

NAPI_MODULE_INIT()
{
	static const struct {
		const char *name;
		napi_callback function;
	} functions[] = {
		{ "open", open_sensor }, { "attach", attach_sensor }, { "setInterest", set_interest }, { "claim", claim },
		{ "setTracepoints", set_tracepoints }, { "list", list },
		{ "release", release },	 { "waiting", waiting },      { "arm", arm },		       { "drops", drops },
		{ "culprits", culprits }, { "programs", programs }, { "filter", filter },	       { "leaveOut", leave_out },
		{ "leftOut", left_out }, { "close", close_sensor }, { "trim", trim },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		napi_value function;

		TRY(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
		TRY(env, napi_set_named_property(env, exports, functions[i].name, function));
	}
	return exports;
}
