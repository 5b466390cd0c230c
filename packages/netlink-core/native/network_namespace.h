// The class `NetworkNamespace` as JavaScript sees it (native-binding.ts describes it).
#pragma once

#include <napi.h>

#include "descriptor.h"
#include "environment_hook.h"
#include "wrapped.h"

namespace rtnl {

class NetworkNamespace : public Wrapped<NetworkNamespace> {
 public:
  static constexpr const char* kName = "NetworkNamespace";
  static constexpr napi_type_tag kTag = {0x6e0f7c1f2a5d4b83, 0x9a41d6c85be3720e};
  static Napi::Function define(Napi::Env env);

  explicit NetworkNamespace(const Napi::CallbackInfo& info);

  // Throws a JavaScript error after close().
  const Descriptor& descriptor();

 private:
  Napi::Value path(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  Descriptor descriptor_;
  EnvironmentHook hook_;
};

}  // namespace rtnl
