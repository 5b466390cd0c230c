#include "announcer.h"

#include <algorithm>
#include <utility>

#include "arguments.h"
#include "channel.h"

namespace rtnl {

Napi::Function Announcer::define(Napi::Env env) { return DefineClass(env, kName, {}); }

Announcer::Announcer(const Napi::CallbackInfo& info) : Wrapped(info), hook_(info.Env(), [this] { end(false); }) {
  const Napi::Function ready = functionAt(info, 0, "ready");
  function_ = Function::New(info.Env(), ready, "rtnl:announcer", 0, 1, this);
  function_.Unref(info.Env());
  readyList_ = std::make_shared<ReadyList>([function = function_] { function.NonBlockingCall(); });
  // Hooks run in the reverse order of their registration, and a threadsafe function has one of its own. Ours runs
  // before it, so that the threads have ended when the function goes away.
  hook_.add();
}

std::shared_ptr<IoLoop> Announcer::makeLoop(bool urgent) {
  loops_.erase(std::remove_if(loops_.begin(), loops_.end(), [](const auto& loop) { return loop.expired(); }),
               loops_.end());
  std::shared_ptr<IoLoop> loop = std::make_shared<IoLoop>(urgent, readyList_);
  loops_.push_back(loop);
  return loop;
}

void Announcer::ref() {
  if (references_++ == 0 && !ended_) function_.Ref(Env());
}

void Announcer::unref() {
  if (--references_ == 0 && !ended_) function_.Unref(Env());
}

void Announcer::callJs(Napi::Env env, Napi::Function ready, Announcer* self, void*) {
  // Without an environment the function has ended, and its object may be gone.
  if (env == nullptr) return;
  try {
    const ReadyList::News news = self->readyList_->begin();
    if (news.threadEnded) self->reap();
    const Napi::Array functions = Napi::Array::New(env);
    uint32_t count = 0;
    for (size_t left = news.sockets; left > 0; left--) {
      const std::shared_ptr<Channel> channel = self->readyList_->take();
      // One that was closed meanwhile has none any more.
      if (channel->readable() != nullptr) functions.Set(count++, channel->readable()->Value());
    }
    if (count > 0) ready.Call({functions});
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  }
}

void Announcer::reap() {
  for (const auto& reference : loops_) {
    if (const std::shared_ptr<IoLoop> loop = reference.lock()) loop->reap();
  }
}

void Announcer::end(bool environmentLives) {
  if (std::exchange(ended_, true)) return;
  for (const auto& reference : loops_) {
    if (const std::shared_ptr<IoLoop> loop = reference.lock()) loop->stop();
  }
  readyList_->close();
  if (!environmentLives) return;
  function_.Abort();
  hook_.remove();
}

}  // namespace rtnl
