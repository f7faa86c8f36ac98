/* What was lost or left out, and what the programs cost. */
#include "addon.h"

#include <string.h>

/* (handle, Float64Array of EV_COUNT + 1 + SAKER_CPUS): drops by event code, calls of 32-bit processes, drops by CPU. */
napi_value drops(napi_env env, napi_callback_info info)
{
	napi_value argv[2];
	struct handle *h = handle_of(env, info, 2, argv);
	napi_typedarray_type type;
	size_t length;
	void *data;
	double *out;

	if (!h)
		return NULL;
	TRY(env, napi_get_typedarray_info(env, argv[1], &type, &length, &data, NULL, NULL));
	if (type != napi_float64_array || length != EV_COUNT + 1 + SAKER_CPUS) {
		throw_message(env, "drops go into a Float64Array of the number of events + 1 + 1024");
		return NULL;
	}
	out = data;
	for (size_t i = 0; i < EV_COUNT; i++)
		out[i] = __atomic_load_n(&h->sensor.control->drops[i], __ATOMIC_RELAXED);
	out[EV_COUNT] = __atomic_load_n(&h->sensor.control->compat_skipped, __ATOMIC_RELAXED);
	for (size_t i = 0; i < SAKER_CPUS; i++)
		out[EV_COUNT + 1 + i] = __atomic_load_n(&h->sensor.control->cpu_drops[i], __ATOMIC_RELAXED);
	return NULL;
}

/* @returns { pid, name, cgroup, drops } of a process. */
static napi_value make_culprit(napi_env env, const struct sensor_culprit *culprit)
{
	napi_value object, pid, name, cgroup, count;

	TRY(env, napi_create_object(env, &object));
	TRY(env, napi_create_uint32(env, culprit->pid, &pid));
	TRY(env, napi_create_string_latin1(env, culprit->is.comm, strnlen(culprit->is.comm, sizeof(culprit->is.comm)), &name));
	TRY(env, napi_create_double(env, culprit->is.cgroup, &cgroup));
	TRY(env, napi_create_double(env, culprit->is.drops, &count));
	TRY(env, napi_set_named_property(env, object, "pid", pid));
	TRY(env, napi_set_named_property(env, object, "name", name));
	TRY(env, napi_set_named_property(env, object, "cgroup", cgroup));
	TRY(env, napi_set_named_property(env, object, "drops", count));
	return object;
}

napi_value culprits(napi_env env, napi_callback_info info)
{
	struct sensor_culprit found[SAKER_CULPRITS];
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);
	uint32_t count;

	if (!h)
		return NULL;
	count = sensor_culprits(&h->sensor, found, SAKER_CULPRITS);
	TRY(env, napi_create_array(env, &result));
	for (uint32_t i = 0; i < count; i++) {
		napi_value one = make_culprit(env, &found[i]);

		if (!one)
			return NULL;
		TRY(env, napi_set_element(env, result, i, one));
	}
	return result;
}

static napi_value make_program(napi_env env, const struct sensor_program *program)
{
	napi_value object, name, runs, nanoseconds;

	TRY(env, napi_create_object(env, &object));
	TRY(env, napi_create_string_latin1(env, program->name, NAPI_AUTO_LENGTH, &name));
	TRY(env, napi_create_double(env, program->runs, &runs));
	TRY(env, napi_create_double(env, program->nanoseconds, &nanoseconds));
	TRY(env, napi_set_named_property(env, object, "name", name));
	TRY(env, napi_set_named_property(env, object, "runs", runs));
	TRY(env, napi_set_named_property(env, object, "nanoseconds", nanoseconds));
	return object;
}

napi_value programs(napi_env env, napi_callback_info info)
{
	struct sensor_program program;
	struct bpf_program *place = NULL;
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);
	uint32_t count = 0;

	if (!h)
		return NULL;
	TRY(env, napi_create_array(env, &result));
	while (sensor_next_program(&h->sensor, &place, &program)) {
		napi_value one = make_program(env, &program);

		if (!one)
			return NULL;
		TRY(env, napi_set_element(env, result, count++, one));
	}
	return result;
}

/* (handle, boolean): whether to leave out opens. @returns whether it is as asked. */
napi_value filter(napi_env env, napi_callback_info info)
{
	napi_value argv[2], result;
	struct handle *h = handle_of(env, info, 2, argv);
	bool on;

	if (!h)
		return NULL;
	TRY(env, napi_get_value_bool(env, argv[1], &on));
	TRY(env, napi_get_boolean(env, sensor_filter(&h->sensor, on), &result));
	return result;
}

/* (handle, Buffer of struct saker_boring): opens to leave out; an empty one: none at all. @returns whether all had room. */
napi_value leave_out(napi_env env, napi_callback_info info)
{
	napi_value argv[2], result;
	struct handle *h = handle_of(env, info, 2, argv);
	size_t size;
	bool ok = true;
	void *data;

	if (!h)
		return NULL;
	TRY(env, napi_get_buffer_info(env, argv[1], &data, &size));
	if (size == 0)
		sensor_leave_nothing_out(&h->sensor);
	else
		ok = sensor_leave_out(&h->sensor, data, size / sizeof(struct saker_boring));
	TRY(env, napi_get_boolean(env, ok, &result));
	return result;
}

napi_value left_out(napi_env env, napi_callback_info info)
{
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);

	if (!h)
		return NULL;
	TRY(env, napi_create_double(env, sensor_left_out(&h->sensor), &result));
	return result;
}

/* (handle, milliseconds): see sensor_follow_clock. */
napi_value follow_clock(napi_env env, napi_callback_info info)
{
	napi_value argv[2], result;
	struct handle *h = handle_of(env, info, 2, argv);
	double least;

	if (!h)
		return NULL;
	TRY(env, napi_get_value_double(env, argv[1], &least));
	TRY(env, napi_create_double(env, sensor_follow_clock(&h->sensor, least * 1e6) / 1e6, &result));
	return result;
}
