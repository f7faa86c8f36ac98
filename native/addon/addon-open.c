/* From the options to an open sensor, and its end. */
#include "addon.h"

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

/* Of an open sensor, while the environment goes on. */
static void end_handle(napi_env env, struct handle *h)
{
	napi_remove_env_cleanup_hook(env, stop_handle, h);
	stop_handle(h);
	napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
}

static void collect_handle(napi_env env, void *data, void *hint)
{
	struct handle *h = data;

	if (h->open)
		end_handle(env, h);
	free(h);
}

/* The memory belongs to the sensor, whatever happens to the array buffer. */
static void keep_memory(napi_env env, void *data, void *hint)
{
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

/* A sensor that is being opened on another thread: the kernel takes half a second to look through the programs. */
struct opening {
	struct handle *handle;
	struct sensor_options options;
	struct sensor_filler *fillers;
	char error[SENSOR_ERROR_SIZE];
	bool ok;
	napi_deferred promise;
	napi_async_work work;
	/* The options, whose memory is used meanwhile. */
	napi_ref argument;
};

static void open_aside(napi_env env, void *data)
{
	struct opening *o = data;

	o->ok = sensor_open(&o->handle->sensor, &o->options, o->error);
}

/* Starts the sensor that has been opened, and keeps the promise one way or the other. */
static void settle(napi_env env, struct opening *o)
{
	struct handle *h = o->handle;
	napi_value result, code, text;

	/* Not aside: the thread that starts it is taken for the one that reads. */
	if (o->ok && !sensor_start(&h->sensor, o->error)) {
		sensor_close(&h->sensor);
		o->ok = false;
	}
	if (o->ok) {
		h->open = true;
		napi_add_env_cleanup_hook(env, stop_handle, h);
		result = make_result(env, h);
		if (result) {
			napi_resolve_deferred(env, o->promise, result);
			return;
		}
		/* The handle may have an owner already, who frees it. */
		napi_get_and_clear_last_exception(env, &result);
		end_handle(env, h);
	} else {
		napi_create_string_utf8(env, "SAKER_SENSOR", NAPI_AUTO_LENGTH, &code);
		napi_create_string_utf8(env, o->error, NAPI_AUTO_LENGTH, &text);
		napi_create_error(env, code, text, &result);
		napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
		free(h);
	}
	napi_reject_deferred(env, o->promise, result);
}

static void finish_opening(napi_env env, napi_status status, void *data)
{
	struct opening *o = data;

	settle(env, o);
	napi_delete_reference(env, o->argument);
	napi_delete_async_work(env, o->work);
	free(o->fillers);
	free(o);
}

/* Has the sensor opened aside. @returns false with nothing left to free but `o` and its fillers. */
static bool begin_opening(napi_env env, napi_value argument, struct opening *o, napi_value *promise)
{
	struct handle *h = calloc(1, sizeof(*h));
	napi_value name;

	if (!h)
		return false;
	o->handle = h;
	h->env = env;
	if (make_ready(env, argument, h) != napi_ok) {
		free(h);
		return false;
	}
	o->options.on_ready = call_ready;
	o->options.data = h;
	if (napi_create_string_utf8(env, "open saker sensor", NAPI_AUTO_LENGTH, &name) == napi_ok &&
	    napi_create_reference(env, argument, 1, &o->argument) == napi_ok &&
	    napi_create_async_work(env, NULL, name, open_aside, finish_opening, o, &o->work) == napi_ok &&
	    napi_create_promise(env, &o->promise, promise) == napi_ok && napi_queue_async_work(env, o->work) == napi_ok)
		return true;
	if (o->argument)
		napi_delete_reference(env, o->argument);
	if (o->work)
		napi_delete_async_work(env, o->work);
	napi_release_threadsafe_function(h->ready, napi_tsfn_abort);
	free(h);
	return false;
}

napi_value open_sensor(napi_env env, napi_callback_info info)
{
	napi_value argument, promise = NULL;
	struct opening *o = calloc(1, sizeof(*o));
	size_t argc = 1;

	if (o && napi_get_cb_info(env, info, &argc, &argument, NULL, NULL) == napi_ok && argc == 1 &&
	    read_options(env, argument, &o->options, &o->fillers) && begin_opening(env, argument, o, &promise))
		return promise;
	if (o)
		free(o->fillers);
	free(o);
	throw_message(env, "wrong options for the sensor, or no memory");
	return NULL;
}

napi_value close_sensor(napi_env env, napi_callback_info info)
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
	end_handle(env, h);
	return NULL;
}
