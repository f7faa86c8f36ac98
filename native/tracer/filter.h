/* The seccomp filter by which launched programs stop only at calls that are wanted. */
#pragma once

#include <stdbool.h>

/* Whether this kernel has such filters. */
bool filter_is_possible(void);
/* Makes the filter from the interest; to be called before the process that installs it is made. */
bool filter_prepare(void);
/* Puts this process and all that it will start under the filter. @returns 0 or an errno. */
int filter_install(void);
