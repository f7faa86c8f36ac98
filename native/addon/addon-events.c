/* Which events come in, and those that have. */
#include "addon.h"

#include <stdlib.h>
#include <string.h>

/* (handle, handle of another sensor or nothing): see sensor_attach. */
napi_value attach_sensor(napi_env env, napi_callback_info info)
{
	char error[SENSOR_ERROR_SIZE];
	napi_value argv[2];
	struct handle *h = handle_of(env, info, 1, argv);
	void *before = NULL;
	size_t argc = 2;

	if (!h)
		return NULL;
	TRY(env, napi_get_cb_info(env, info, &argc, argv, NULL, NULL));
	if (argc < 2 || napi_get_value_external(env, argv[1], &before) != napi_ok || !((struct handle *)before)->open)
		before = NULL;
	if (!sensor_attach(&h->sensor, before ? &((struct handle *)before)->sensor : NULL, error))
		throw_message(env, error);
	return NULL;
}

/* (handle, Uint8Array of 512 by system call number, Uint8Array by event code, whether process exits are wanted) */
napi_value set_interest(napi_env env, napi_callback_info info)
{
	napi_value argv[4];
	struct handle *h = handle_of(env, info, 4, argv);
	napi_typedarray_type type, critical_type;
	size_t length, critical_length;
	void *data, *critical;
	bool exits;

	if (!h)
		return NULL;
	TRY(env, napi_get_typedarray_info(env, argv[1], &type, &length, &data, NULL, NULL));
	TRY(env, napi_get_typedarray_info(env, argv[2], &critical_type, &critical_length, &critical, NULL, NULL));
	TRY(env, napi_get_value_bool(env, argv[3], &exits));
	if (type != napi_uint8_array || length != SENSOR_SYSCALLS) {
		throw_message(env, "interest is a Uint8Array of 512");
		return NULL;
	}
	if (critical_type != napi_uint8_array || critical_length != EV_COUNT) {
		throw_message(env, "critical events are a Uint8Array of the number of events");
		return NULL;
	}
	memcpy(h->sensor.control->interest, data, SENSOR_SYSCALLS);
	memcpy(h->sensor.control->critical, critical, EV_COUNT);
	h->sensor.control->exits = exits;
	return NULL;
}

/* (handle, set of tracepoints as bits) */
napi_value set_tracepoints(napi_env env, napi_callback_info info)
{
	char error[SENSOR_ERROR_SIZE];
	napi_value argv[2];
	struct handle *h = handle_of(env, info, 2, argv);
	uint32_t wanted;

	if (!h)
		return NULL;
	TRY(env, napi_get_value_uint32(env, argv[1], &wanted));
	if (!sensor_set_tracepoints(&h->sensor, wanted, error))
		throw_message(env, error);
	return NULL;
}

/* (handle): a Buffer of struct saker_listed */
napi_value list(napi_env env, napi_callback_info info)
{
	char error[SENSOR_ERROR_SIZE];
	napi_value argv[1], result = NULL;
	struct handle *h = handle_of(env, info, 1, argv);
	void *bytes;
	size_t size;

	if (!h)
		return NULL;
	if (!sensor_list(&h->sensor, &bytes, &size, error)) {
		throw_message(env, error);
		return NULL;
	}
	if (napi_create_buffer_copy(env, size, bytes ? bytes : "", NULL, &result) != napi_ok)
		throw_message(env, "no memory for what is there");
	free(bytes);
	return result;
}

/* (handle, limit, Uint32Array for pairs of place and size) */
napi_value claim(napi_env env, napi_callback_info info)
{
	napi_value argv[3], result;
	struct handle *h = handle_of(env, info, 3, argv);
	napi_typedarray_type type;
	uint32_t limit;
	size_t length;
	void *runs;

	if (!h)
		return NULL;
	TRY(env, napi_get_value_uint32(env, argv[1], &limit));
	TRY(env, napi_get_typedarray_info(env, argv[2], &type, &length, &runs, NULL, NULL));
	if (type != napi_uint32_array) {
		throw_message(env, "runs go into a Uint32Array");
		return NULL;
	}
	TRY(env, napi_create_uint32(env, sensor_claim(&h->sensor, limit, runs, length / 2), &result));
	return result;
}

napi_value release(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	struct handle *h = handle_of(env, info, 1, argv);

	if (h)
		sensor_release(&h->sensor);
	return NULL;
}

napi_value waiting(napi_env env, napi_callback_info info)
{
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);

	if (!h)
		return NULL;
	TRY(env, napi_create_double(env, sensor_waiting(&h->sensor), &result));
	return result;
}

napi_value arm(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	struct handle *h = handle_of(env, info, 1, argv);

	if (h)
		sensor_arm(&h->sensor);
	return NULL;
}
