// What JavaScript gets thrown.
#pragma once

#include <errno.h>
#include <napi.h>

#include <new>

#include "descriptor.h"

namespace rtnl {

// A failed system call, as an error with `errno` and `syscall`.
Napi::Error systemException(Napi::Env env, const SystemError& error);

// Throws such an error where a system call fails, or where there is no memory.
template <typename Call>
auto attempt(Napi::Env env, Call call) {
  try {
    return call();
  } catch (const SystemError& error) {
    throw systemException(env, error);
  } catch (const std::bad_alloc&) {
    throw systemException(env, {"malloc", ENOMEM});
  }
}

// `what` was closed before the call: an error whose `closed` says what.
Napi::Error closedException(Napi::Env env, const char* what);

}  // namespace rtnl
