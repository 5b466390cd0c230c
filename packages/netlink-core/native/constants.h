// The numbers of numbers.h and of the system's headers for JavaScript.
#pragma once

#include <napi.h>

namespace rtnl {

// NativeConstants of native-binding.ts.
Napi::Object constants(Napi::Env env);

}  // namespace rtnl
