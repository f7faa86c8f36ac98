/*
 * The addon: hands the sensor of sensor.h to JavaScript. src/sources/ebpf/addon.ts declares and describes what is
 * exported here.
 */
#include "addon.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

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
		{ "leftOut", left_out }, { "followClock", follow_clock }, { "close", close_sensor }, { "trim", trim },
	};
	static char nothing[1];
	napi_value buffer;

	/*
	 * The first external array buffer makes V8 give up code that relies on what typed arrays usually are. Now there is little of
	 * it yet; when the sensor is open there is the engine's.
	 */
	TRY(env, napi_create_external_arraybuffer(env, nothing, sizeof(nothing), NULL, NULL, &buffer));
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		napi_value function;

		TRY(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
		TRY(env, napi_set_named_property(env, exports, functions[i].name, function));
	}
	return exports;
}
