// The class `Socket` as JavaScript sees it (native-binding.ts describes it).
#pragma once

#include <napi.h>

#include <memory>

#include "channel.h"
#include "environment_hook.h"
#include "io_loop.h"
#include "io_thread.h"
#include "wrapped.h"

namespace rtnl {

class Socket : public Wrapped<Socket> {
 public:
  static constexpr const char* kName = "Socket";
  static constexpr napi_type_tag kTag = {0x2b94a06d3e7f4c15, 0xb7d8251fe0694ac3};
  static Napi::Function define(Napi::Env env);

  explicit Socket(const Napi::CallbackInfo& info);
  ~Socket() override { end(true); }

 private:
  Napi::Value portId(const Napi::CallbackInfo& info);
  void setOption(const Napi::CallbackInfo& info);
  Napi::Value getOption(const Napi::CallbackInfo& info);
  void expectDumps(const Napi::CallbackInfo& info);
  void start(const Napi::CallbackInfo& info);
  void moveTo(const Napi::CallbackInfo& info);
  void send(const Napi::CallbackInfo& info);
  void sync(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  void counters(const Napi::CallbackInfo& info);
  void ref(const Napi::CallbackInfo& info);
  void unref(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  void requireOpen();
  void countDrops();
  void end(bool environmentLives);

  std::shared_ptr<Channel> channel_;
  Napi::FunctionReference readable_;
  // Of the thread; null before the start. The reference keeps the announcer too.
  std::shared_ptr<IoLoop> loop_;
  Napi::ObjectReference thread_;
  Announcer* announcer_ = nullptr;
  bool referenced_ = false;
  unsigned int portId_ = 0;
  unsigned int drops_ = 0;
  bool ended_ = false;
  EnvironmentHook hook_;
};

}  // namespace rtnl
