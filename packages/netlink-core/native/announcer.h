// The class `Announcer` as JavaScript sees it (native-binding.ts describes it).
#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "chunk_pool.h"
#include "environment_hook.h"
#include "io_loop.h"
#include "ready_list.h"
#include "wrapped.h"

namespace rtnl {

class Announcer : public Wrapped<Announcer> {
 public:
  static constexpr const char* kName = "Announcer";
  static constexpr napi_type_tag kTag = {0x5d1c8be0477a4f29, 0x8e60a3d91bf5c742};
  static Napi::Function define(Napi::Env env);

  explicit Announcer(const Napi::CallbackInfo& info);
  ~Announcer() override { end(true); }

  const std::shared_ptr<ReadyList>& readyList() const { return readyList_; }
  const std::shared_ptr<ChunkPool>& chunks() const { return chunks_; }

  // A thread that ends with the environment at the latest.
  std::shared_ptr<IoLoop> makeLoop(bool urgent);

  // Each call of `ref` keeps the process alive until there was a call of `unref` for it.
  void ref();
  void unref();

 private:
  static void callJs(Napi::Env env, Napi::Function ready, Announcer* self, void* data);
  using Function = Napi::TypedThreadSafeFunction<Announcer, void, &Announcer::callJs>;

  void reap();
  void end(bool environmentLives);

  std::shared_ptr<ReadyList> readyList_;
  std::shared_ptr<ChunkPool> chunks_ = std::make_shared<ChunkPool>();
  std::vector<std::weak_ptr<IoLoop>> loops_;
  Function function_;
  unsigned int references_ = 0;
  bool ended_ = false;
  EnvironmentHook hook_;
};

}  // namespace rtnl
