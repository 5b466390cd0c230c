// The class `IoThread` as JavaScript sees it (native-binding.ts describes it).
#pragma once

#include <napi.h>

#include <memory>

#include "announcer.h"
#include "io_loop.h"
#include "wrapped.h"

namespace rtnl {

class IoThread : public Wrapped<IoThread> {
 public:
  static constexpr const char* kName = "IoThread";
  static constexpr napi_type_tag kTag = {0x91f6e2a87c0d4b53, 0xa4175cb83d2e6f09};
  static Napi::Function define(Napi::Env env);

  explicit IoThread(const Napi::CallbackInfo& info);

  const std::shared_ptr<IoLoop>& loop() const { return loop_; }
  // Where the sockets of this thread announce what they have. It lives as long as this.
  Announcer& announcer() { return *announcer_; }

 private:
  std::shared_ptr<IoLoop> loop_;
  Announcer* announcer_ = nullptr;
  Napi::ObjectReference announcerReference_;
};

}  // namespace rtnl
