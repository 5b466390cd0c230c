#include "io_thread.h"

#include "arguments.h"

namespace rtnl {

Napi::Function IoThread::define(Napi::Env env) { return DefineClass(env, kName, {}); }

IoThread::IoThread(const Napi::CallbackInfo& info) : Wrapped(info) {
  if (!Announcer::isInstance(info[0])) throw wrongType(info, 0, "announcer", "an Announcer");
  const bool urgent = booleanAt(info, 1, "urgent");
  const Napi::Object object = info[0].As<Napi::Object>();
  announcer_ = Announcer::Unwrap(object);
  announcerReference_ = Napi::Persistent(object);
  loop_ = announcer_->makeLoop(urgent);
}

}  // namespace rtnl
