/* What the functions for JavaScript share. All state hangs on one handle, so that several sensors and worker threads don't disturb each other. */
#pragma once

#include "sensor.h"

#include <node_api.h>

struct handle {
	struct sensor sensor;
	napi_env env;
	napi_threadsafe_function ready;
	/* The array buffer over the rings; taken away from JavaScript before the memory goes. */
	napi_ref data;
	bool open;
};

/* Fails the calling function: the exception is pending already, or is made here. */
#define TRY(env, call)                                                             \
	do {                                                                       \
		if ((call) != napi_ok) {                                           \
			bool pending = false;                                      \
			napi_is_exception_pending(env, &pending);                  \
			if (!pending)                                              \
				napi_throw_error(env, "SAKER_ADDON", #call);       \
			return NULL;                                               \
		}                                                                  \
	} while (0)

/* addon.c: the sensor that the first argument stands for. @returns NULL with an exception pending. */
struct handle *handle_of(napi_env env, napi_callback_info info, size_t wanted, napi_value *argv);
/* Throws, unless something was thrown already. */
void throw_message(napi_env env, const char *message);

/* addon-options.c: `fillers` is to be freed. @returns whether these are options. */
bool read_options(napi_env env, napi_value object, struct sensor_options *o, struct sensor_filler **fillers);

/* addon-open.c: a promise of { handle, data }; the end of a sensor. */
napi_value open_sensor(napi_env env, napi_callback_info info);
napi_value close_sensor(napi_env env, napi_callback_info info);

/* addon-events.c: which events come in, and those that have. */
napi_value attach_sensor(napi_env env, napi_callback_info info);
napi_value set_interest(napi_env env, napi_callback_info info);
napi_value set_tracepoints(napi_env env, napi_callback_info info);
napi_value list(napi_env env, napi_callback_info info);
napi_value claim(napi_env env, napi_callback_info info);
napi_value release(napi_env env, napi_callback_info info);
napi_value waiting(napi_env env, napi_callback_info info);
napi_value arm(napi_env env, napi_callback_info info);

/* addon-counts.c: what was lost or left out, and what the programs cost. */
napi_value drops(napi_env env, napi_callback_info info);
napi_value culprits(napi_env env, napi_callback_info info);
napi_value programs(napi_env env, napi_callback_info info);
napi_value filter(napi_env env, napi_callback_info info);
napi_value leave_out(napi_env env, napi_callback_info info);
napi_value left_out(napi_env env, napi_callback_info info);
napi_value follow_clock(napi_env env, napi_callback_info info);
