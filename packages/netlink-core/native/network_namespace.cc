#include "network_namespace.h"

#include <string>

#include "arguments.h"
#include "exceptions.h"

namespace rtnl {

Napi::Function NetworkNamespace::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceAccessor<&NetworkNamespace::path>("path"),
                         InstanceMethod<&NetworkNamespace::close>("close"),
                     });
}

NetworkNamespace::NetworkNamespace(const Napi::CallbackInfo& info)
    : Wrapped(info), hook_(info.Env(), [this] { descriptor_.close(); }) {
  const std::string path = pathAt(info, 0, "path");
  descriptor_ = attempt(info.Env(), [&] { return openNetworkNamespace(path.c_str()); });
  hook_.add();
}

const Descriptor& NetworkNamespace::descriptor() {
  if (descriptor_.get() < 0) throw closedException(Env(), "network namespace");
  return descriptor_;
}

Napi::Value NetworkNamespace::path(const Napi::CallbackInfo& info) {
  const Napi::Number number = Napi::Number::New(info.Env(), descriptor().get());
  return Napi::String::New(info.Env(), "/proc/self/fd/" + number.ToString().Utf8Value());
}

void NetworkNamespace::close(const Napi::CallbackInfo&) {
  descriptor_.close();
  hook_.remove();
}

}  // namespace rtnl
