// The base of the classes that JavaScript sees.
#pragma once

#include <napi.h>

#include <string>

namespace rtnl {

// Every instance carries the tag of its class, `Class::kTag`. So a method that is called on another object, or an
// argument of another class, is refused where it would otherwise be taken for an instance.
template <typename Class>
class Wrapped : public Napi::ObjectWrap<Class> {
 public:
  static bool isInstance(const Napi::Value& value) {
    return value.IsObject() && value.As<Napi::Object>().CheckTypeTag(&Class::kTag);
  }

  // node-addon-api calls this for the receiver of every method.
  static Class* Unwrap(Napi::Object receiver) {
    if (isInstance(receiver)) return Napi::ObjectWrap<Class>::Unwrap(receiver);
    throw Napi::TypeError::New(receiver.Env(), std::string("the receiver of the call is no ") + Class::kName);
  }

 protected:
  explicit Wrapped(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Class>(info) {
    // Deno calls a constructor without `new`, for any receiver.
    if (!info.NewTarget().IsFunction()) {
      throw Napi::TypeError::New(info.Env(), std::string(Class::kName) + " is a class: it needs `new`");
    }
    info.This().As<Napi::Object>().TypeTag(&Class::kTag);
  }
};

}  // namespace rtnl
