#include "arguments.h"

namespace rtnl {

namespace {

std::string textOf(Napi::Env env, int64_t number) {
  return Napi::Number::New(env, static_cast<double>(number)).ToString();
}

const char* typeOf(const Napi::Value& value) {
  switch (value.Type()) {
    case napi_undefined:
      return "undefined";
    case napi_null:
      return "null";
    case napi_boolean:
      return "a boolean";
    case napi_number:
      return "a number";
    case napi_string:
      return "a string";
    case napi_symbol:
      return "a symbol";
    case napi_function:
      return "a function";
    case napi_bigint:
      return "a bigint";
    default:
      return "an object";
  }
}

template <typename Array>
Array arrayAt(const Napi::CallbackInfo& info, size_t index, const char* name, napi_typedarray_type type,
              const char* wanted, size_t length) {
  const Napi::Value value = info[index];
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) {
    throw wrongType(info, index, name, wanted);
  }
  Array array = value.As<Array>();
  if (array.ElementLength() >= length) return array;
  throw Napi::RangeError::New(
      info.Env(), std::string(name) + " has " + textOf(info.Env(), static_cast<int64_t>(array.ElementLength())) +
                      " elements, not " + textOf(info.Env(), static_cast<int64_t>(length)) + " or more");
}

}  // namespace

Napi::TypeError wrongType(const Napi::CallbackInfo& info, size_t index, const char* name, const char* wanted) {
  return Napi::TypeError::New(info.Env(), std::string(name) + " is " + typeOf(info[index]) + ", not " + wanted);
}

int64_t integerAt(const Napi::CallbackInfo& info, size_t index, const char* name, int64_t least, int64_t most) {
  const Napi::Value value = info[index];
  if (!value.IsNumber()) throw wrongType(info, index, name, "a number");
  const double number = value.As<Napi::Number>().DoubleValue();
  // NaN fails both comparisons. What passes them fits into an integer, so that the conversion is defined.
  if (number >= static_cast<double>(least) && number <= static_cast<double>(most)) {
    const int64_t integer = static_cast<int64_t>(number);
    if (static_cast<double>(integer) == number) return integer;
  }
  throw Napi::RangeError::New(info.Env(), std::string(name) + " is " + value.ToString().Utf8Value() +
                                              ", not an integer between " + textOf(info.Env(), least) + " and " +
                                              textOf(info.Env(), most));
}

int intAt(const Napi::CallbackInfo& info, size_t index, const char* name) {
  return static_cast<int>(integerAt(info, index, name, 0, INT_MAX));
}

std::string pathAt(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsString()) throw wrongType(info, index, name, "a string");
  std::string path = info[index].As<Napi::String>();
  for (const char character : path) {
    if (character == '\0') throw Napi::RangeError::New(info.Env(), std::string(name) + " has a zero byte");
  }
  return path;
}

bool booleanAt(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsBoolean()) throw wrongType(info, index, name, "a boolean");
  return info[index].As<Napi::Boolean>().Value();
}

Napi::Function functionAt(const Napi::CallbackInfo& info, size_t index, const char* name) {
  if (!info[index].IsFunction()) throw wrongType(info, index, name, "a function");
  return info[index].As<Napi::Function>();
}

Napi::Uint8Array bytesAt(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  return arrayAt<Napi::Uint8Array>(info, index, name, napi_uint8_array, "a Uint8Array", length);
}

Napi::Float64Array doublesAt(const Napi::CallbackInfo& info, size_t index, const char* name, size_t length) {
  return arrayAt<Napi::Float64Array>(info, index, name, napi_float64_array, "a Float64Array", length);
}

}  // namespace rtnl
