#include "exceptions.h"

#include <string>

namespace rtnl {

Napi::Error systemException(Napi::Env env, const SystemError& error) {
  Napi::Error exception = Napi::Error::New(env, error.syscall);
  exception.Set("syscall", Napi::String::New(env, error.syscall));
  exception.Set("errno", Napi::Number::New(env, error.error));
  return exception;
}

Napi::Error closedException(Napi::Env env, const char* what) {
  Napi::Error exception = Napi::Error::New(env, std::string(what) + " is closed");
  exception.Set("closed", Napi::String::New(env, what));
  return exception;
}

}  // namespace rtnl
