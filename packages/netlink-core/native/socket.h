// The class `Socket` as JavaScript sees it (native-binding.ts has its description).
#pragma once

#include <napi.h>

#include <optional>

#include "descriptor.h"
#include "worker.h"

namespace rtnl {

class Socket : public Napi::ObjectWrap<Socket> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Socket(const Napi::CallbackInfo& info);
  ~Socket() override { end(true); }

 private:
  using Announcer = Napi::TypedThreadSafeFunction<>;

  Napi::Value portId(const Napi::CallbackInfo& info);
  void setOption(const Napi::CallbackInfo& info);
  Napi::Value getOption(const Napi::CallbackInfo& info);
  void expectDumps(const Napi::CallbackInfo& info);
  void start(const Napi::CallbackInfo& info);
  void send(const Napi::CallbackInfo& info);
  void sync(const Napi::CallbackInfo& info);
  Napi::Value read(const Napi::CallbackInfo& info);
  void counters(const Napi::CallbackInfo& info);
  void ref(const Napi::CallbackInfo& info);
  void unref(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  void requireOpen();
  void end(bool environmentLives);
  void addHook();
  void removeHook();
  static void onEnvironmentEnd(void* socket);

  const napi_env env_;
  Descriptor descriptor_;
  std::optional<Worker> worker_;
  Announcer announcer_;
  unsigned int portId_ = 0;
  unsigned int drops_ = 0;
  bool hooked_ = false;
  bool ended_ = false;
};

// A failed system call as an exception with `errno` and `syscall`.
Napi::Error asException(Napi::Env env, const SystemError& error);

}  // namespace rtnl
