/* Every group of system calls. */
#pragma once

#include "process.h"
#include "files.h"
#include "identity.h"
#include "isolation.h"
#include "descriptors.h"
#include "network.h"
#include "io.h"
#include "memory.h"
#include "signals.h"
#include "waits.h"
#include "semaphores.h"
#include "settings.h"
