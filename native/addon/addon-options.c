/* The options of a sensor, from JavaScript. */
#include "addon.h"

#include <stdlib.h>

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

bool read_options(napi_env env, napi_value object, struct sensor_options *o, struct sensor_filler **fillers)
{
	napi_value bytes, list, codes, enter;
	napi_typedarray_type type;
	uint32_t coalesce;
	size_t length;
	void *data;

	if (napi_get_named_property(env, object, "object", &bytes) != napi_ok ||
	    napi_get_buffer_info(env, bytes, (void **)&o->object, &o->object_size) != napi_ok ||
	    !get_u32(env, object, "ringBytes", &o->ring_bytes) ||
	    !get_u32(env, object, "snapLength", &o->snap_length) ||
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
