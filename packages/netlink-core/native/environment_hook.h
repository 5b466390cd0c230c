// The end of an environment: of the process, or of a worker thread.
#pragma once

#include <node_api.h>

#include <functional>
#include <utility>

namespace rtnl {

// Calls a function when the environment ends, unless the hook was removed before. Not every runtime runs destructors
// then.
class EnvironmentHook {
 public:
  EnvironmentHook(napi_env env, std::function<void()> ended) : env_(env), ended_(std::move(ended)) {}
  EnvironmentHook(const EnvironmentHook&) = delete;
  EnvironmentHook& operator=(const EnvironmentHook&) = delete;
  ~EnvironmentHook() { remove(); }

  // Hooks run in the reverse order of their registration.
  void add() { added_ = napi_add_env_cleanup_hook(env_, &EnvironmentHook::run, this) == napi_ok; }

  void remove() {
    // Deno panics when a hook is removed twice, or after it ran.
    if (std::exchange(added_, false)) napi_remove_env_cleanup_hook(env_, &EnvironmentHook::run, this);
  }

 private:
  static void run(void* hook) {
    EnvironmentHook* self = static_cast<EnvironmentHook*>(hook);
    self->added_ = false;
    self->ended_();
  }

  const napi_env env_;
  const std::function<void()> ended_;
  bool added_ = false;
};

}  // namespace rtnl
