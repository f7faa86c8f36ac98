/*
 * The addon: hands the sensor of sensor.h to JavaScript. src/sources/ebpf/addon.ts declares and describes what is
 * exported here. All state hangs on one handle, so that several sensors and worker threads don't disturb each other.
 */
#include "sensor.h"

#include <node_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct handle {
	struct sensor sensor;
	napi_env env;
	napi_threadsafe_function ready;
	/* The array buffer over the ring; taken away from JavaScript before the memory goes. */
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

static struct handle *handle_of(napi_env env, napi_callback_info info, size_t wanted, napi_value *argv)
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

static bool get_u32(napi_env env, napi_value object, const char *name, uint32_t *out)
{
	napi_value value;

	return napi_get_named_property(env, object, name, &value) == napi_ok &&
	       napi_get_value_uint32(env, value, out) == napi_ok;
}

/* The array of [system call number, program name]. @returns NULL with an exception pending. */
static struct sensor_filler *get_fillers(napi_env env, napi_value list, size_t *count)
{
	struct sensor_filler *fillers;
	uint32_t length = 0;

	if (napi_get_array_length(env, list, &length) != napi_ok)
		return NULL;
	fillers = calloc(length + 1, sizeof(*fillers));
	if (!fillers)
		return NULL;
	for (uint32_t i = 0; i < length; i++) {
		napi_value row, number, name;
		size_t size;

		if (napi_get_element(env, list, i, &row) != napi_ok || napi_get_element(env, row, 0, &number) != napi_ok ||
		    napi_get_element(env, row, 1, &name) != napi_ok ||
		    napi_get_value_uint32(env, number, &fillers[i].syscall) != napi_ok ||
		    napi_get_value_string_utf8(env, name, fillers[i].program, sizeof(fillers[i].program), &size) != napi_ok) {
			free(fillers);
			return NULL;
		}
	}
	*count = length;
	return fillers;
}

static bool read_options(napi_env env, napi_value object, struct sensor_options *o, struct sensor_filler **fillers)
{
	napi_value bytes, list, codes, enter;
	napi_typedarray_type type;
	uint32_t coalesce;
	size_t length;
	void *data;

	if (napi_get_named_property(env, object, "object", &bytes) != napi_ok ||
	    napi_get_buffer_info(env, bytes, (void **)&o->object, &o->object_size) != napi_ok ||
	    !get_u32(env, object, "ringBytes", &o->ring_bytes) ||
	    !get_u32(env, object, "criticalBytes", &o->critical_bytes) || !get_u32(env, object, "snapLength", &o->snap_length) ||
	    !get_u32(env, object, "coalesceMs", &coalesce) ||
	    napi_get_named_property(env, object, "enterEvents", &enter) != napi_ok ||
	    napi_get_value_bool(env, enter, &o->enter_events) != napi_ok ||
	    napi_get_named_property(env, object, "genericCodes", &codes) != napi_ok ||
	    napi_get_typedarray_info(env, codes, &type, &length, &data, NULL, NULL) != napi_ok || type != napi_uint16_array ||
	    length != SENSOR_SYSCALLS || napi_get_named_property(env, object, "fillers", &list) != napi_ok)
		return false;
	o->generic_codes = data;
	o->coalesce_ms = coalesce;
	*fillers = get_fillers(env, list, &o->filler_count);
	o->fillers = *fillers;
	return *fillers != NULL;
}

static void throw_message(napi_env env, const char *message)
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

static napi_value attach_sensor(napi_env env, napi_callback_info info)
{
	char error[SENSOR_ERROR_SIZE];
	napi_value argv[1];
	struct handle *h = handle_of(env, info, 1, argv);

	if (h && !sensor_attach(&h->sensor, error))
		throw_message(env, error);
	return NULL;
}

/* (handle, Uint8Array of 512 by system call number, Uint8Array by event code, whether process exits are wanted) */
static napi_value set_interest(napi_env env, napi_callback_info info)
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
static napi_value set_tracepoints(napi_env env, napi_callback_info info)
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
static napi_value list(napi_env env, napi_callback_info info)
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
static napi_value claim(napi_env env, napi_callback_info info)
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

static napi_value release(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	struct handle *h = handle_of(env, info, 1, argv);

	if (h)
		sensor_release(&h->sensor);
	return NULL;
}

static napi_value waiting(napi_env env, napi_callback_info info)
{
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);

	if (!h)
		return NULL;
	TRY(env, napi_create_double(env, sensor_waiting(&h->sensor), &result));
	return result;
}

static napi_value arm(napi_env env, napi_callback_info info)
{
	napi_value argv[1];
	struct handle *h = handle_of(env, info, 1, argv);

	if (h)
		sensor_arm(&h->sensor);
	return NULL;
}

/* (handle, Float64Array of EV_COUNT + 1 + SAKER_CPUS): drops by event code, calls of 32-bit processes, drops by CPU. */
static napi_value drops(napi_env env, napi_callback_info info)
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

static napi_value culprits(napi_env env, napi_callback_info info)
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

static napi_value programs(napi_env env, napi_callback_info info)
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
static napi_value filter(napi_env env, napi_callback_info info)
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
static napi_value leave_out(napi_env env, napi_callback_info info)
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

static napi_value left_out(napi_env env, napi_callback_info info)
{
	napi_value argv[1], result;
	struct handle *h = handle_of(env, info, 1, argv);

	if (!h)
		return NULL;
	TRY(env, napi_create_double(env, sensor_left_out(&h->sensor), &result));
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
		{ "leftOut", left_out }, { "close", close_sensor },
	};

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		napi_value function;

		TRY(env, napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &function));
		TRY(env, napi_set_named_property(env, exports, functions[i].name, function));
	}
	return exports;
}
