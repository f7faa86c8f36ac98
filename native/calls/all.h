/* Every group of system calls. */
#pragma once

#include "process.h"
#include "files.h"
#include "identity.h"
#include "isolation.h"
#include "descriptors.h"
#include "connections.h"
#include "messages.h"
#include "socket-options.h"
#include "io.h"
#include "memory.h"
#include "signals.h"
#include "waits.h"
#include "semaphores.h"
#include "settings.h"
