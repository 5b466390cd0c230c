// The arguments of a call from JavaScript. They are checked and never converted: what is of another type raises a
// TypeError, what is out of range a RangeError, with the name of the argument.
#pragma once

#include <limits.h>
#include <napi.h>
#include <stddef.h>
#include <stdint.h>

#include <string>

namespace rtnl {

// The largest integer whose neighbours a number can tell apart (Number.MAX_SAFE_INTEGER).
constexpr int64_t kLargestInteger = (int64_t{1} << 53) - 1;

int64_t integerAt(const Napi::CallbackInfo& info, size_t index, const char* name, int64_t least, int64_t most);

// An `int` of a system call, not negative.
int intAt(const Napi::CallbackInfo& info, size_t index, const char* name);

// Without a zero byte, which would end it early.
std::string pathAt(const Napi::CallbackInfo& info, size_t index, const char* name);

bool booleanAt(const Napi::CallbackInfo& info, size_t index, const char* name);

Napi::Function functionAt(const Napi::CallbackInfo& info, size_t index, const char* name);

// With at least `length` elements.
Napi::Uint8Array bytesAt(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length);
Napi::Float64Array doublesAt(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length);

// The error for an argument of another type. `wanted` is for people: "a number".
Napi::TypeError wrongType(const Napi::CallbackInfo& info, size_t index, const char* name, const char* wanted);

}  // namespace rtnl
