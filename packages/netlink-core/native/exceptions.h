// What JavaScript gets thrown.
#pragma once

#include <napi.h>

#include "descriptor.h"

namespace rtnl {

// A failed system call, as an error with `errno` and `syscall`.
Napi::Error systemException(Napi::Env env, const SystemError& error);

// `what` was closed before the call: an error whose `closed` says what.
Napi::Error closedException(Napi::Env env, const char* what);

}  // namespace rtnl
