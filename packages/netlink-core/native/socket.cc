#include "socket.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

namespace rtnl {

Napi::Error asException(Napi::Env env, const SystemError& error) {
  Napi::Error exception = Napi::Error::New(env, error.syscall);
  exception.Set("syscall", Napi::String::New(env, error.syscall));
  exception.Set("errno", Napi::Number::New(env, error.error));
  return exception;
}

namespace {

int intAt(const Napi::CallbackInfo& info, size_t index) { return info[index].ToNumber().Int32Value(); }

int64_t tokenAt(const Napi::CallbackInfo& info, size_t index) { return info[index].ToNumber().Int64Value(); }

template <typename Array>
Array arrayAt(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type, size_t length) {
  if (info[index].IsTypedArray() && info[index].As<Napi::TypedArray>().TypedArrayType() == type) {
    Array array = info[index].As<Array>();
    if (array.ElementLength() >= length) return array;
  }
  throw Napi::TypeError::New(info.Env(), "wrong typed array");
}

}  // namespace

Napi::Function Socket::define(Napi::Env env) {
  return DefineClass(env, "Socket",
                     {
                         InstanceAccessor<&Socket::portId>("portId"),
                         InstanceMethod<&Socket::setOption>("setOption"),
                         InstanceMethod<&Socket::getOption>("getOption"),
                         InstanceMethod<&Socket::expectDumps>("expectDumps"),
                         InstanceMethod<&Socket::start>("start"),
                         InstanceMethod<&Socket::send>("send"),
                         InstanceMethod<&Socket::sync>("sync"),
                         InstanceMethod<&Socket::read>("read"),
                         InstanceMethod<&Socket::counters>("counters"),
                         InstanceMethod<&Socket::ref>("ref"),
                         InstanceMethod<&Socket::unref>("unref"),
                         InstanceMethod<&Socket::close>("close"),
                     });
}

Socket::Socket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Socket>(info), env_(info.Env()) {
  try {
    descriptor_ = openNetlinkSocket(intAt(info, 0), intAt(info, 1));
    portId_ = portIdOf(descriptor_);
    worker_.emplace(descriptor_, static_cast<size_t>(tokenAt(info, 2)));
  } catch (const SystemError& error) {
    throw asException(info.Env(), error);
  }
  addHook();
}

Napi::Value Socket::portId(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), portId_); }

void Socket::requireOpen() {
  if (ended_) throw asException(env_, {"closed", EBADF});
}

void Socket::setOption(const Napi::CallbackInfo& info) {
  requireOpen();
  const int value = intAt(info, 2);
  if (setsockopt(descriptor_.get(), intAt(info, 0), intAt(info, 1), &value, sizeof value) != 0) {
    throw asException(info.Env(), {"setsockopt", errno});
  }
}

Napi::Value Socket::getOption(const Napi::CallbackInfo& info) {
  requireOpen();
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(descriptor_.get(), intAt(info, 0), intAt(info, 1), &value, &length) != 0) {
    throw asException(info.Env(), {"getsockopt", errno});
  }
  return Napi::Number::New(info.Env(), value);
}

void Socket::expectDumps(const Napi::CallbackInfo& info) {
  requireOpen();
  try {
    enlargeDumps(descriptor_);
  } catch (const SystemError& error) {
    throw asException(info.Env(), error);
  }
}

void Socket::start(const Napi::CallbackInfo& info) {
  requireOpen();
  if (worker_->started()) throw Napi::Error::New(info.Env(), "started already");
  if (!info[0].IsFunction()) throw Napi::TypeError::New(info.Env(), "wrong function");
  // Hooks run in the reverse order of their registration, and a threadsafe function has one of its own. Ours has to
  // run before it, so that the thread has ended when the function goes away.
  removeHook();
  announcer_ = Announcer::New(info.Env(), info[0].As<Napi::Function>(), "rtnl:socket", 0, 1);
  addHook();
  try {
    worker_->start([this] { return announcer_.NonBlockingCall() == napi_ok; });
  } catch (const SystemError& error) {
    // It would keep the process alive for ever.
    announcer_.Abort();
    throw asException(info.Env(), error);
  }
}

void Socket::send(const Napi::CallbackInfo& info) {
  requireOpen();
  const auto bytes = arrayAt<Napi::Uint8Array>(info, 0, napi_uint8_array, 0);
  worker_->send(std::vector<uint8_t>(bytes.Data(), bytes.Data() + bytes.ElementLength()), tokenAt(info, 1));
}

void Socket::sync(const Napi::CallbackInfo& info) {
  requireOpen();
  worker_->sync(tokenAt(info, 0));
}

Napi::Value Socket::read(const Napi::CallbackInfo& info) {
  auto target = arrayAt<Napi::Uint8Array>(info, 0, napi_uint8_array, kChunk);
  auto details = arrayAt<Napi::Float64Array>(info, 1, napi_float64_array, 5);
  Read result;
  if (!ended_) result = worker_->inbox().read(target.Data());
  if (result.resume) worker_->wake();
  details[0] = static_cast<double>(result.length);
  details[1] = result.nsid;
  details[2] = result.error;
  details[3] = static_cast<double>(result.token);
  details[4] = static_cast<double>(result.settled);
  return Napi::Number::New(info.Env(), static_cast<int>(result.kind));
}

void Socket::counters(const Napi::CallbackInfo& info) {
  auto target = arrayAt<Napi::Float64Array>(info, 0, napi_float64_array, 7);
  const Receiver::Counters& counters = worker_->counters();
  target[0] = static_cast<double>(counters.datagrams);
  target[1] = static_cast<double>(counters.bytes);
  target[2] = static_cast<double>(counters.overruns);
  target[3] = static_cast<double>(counters.truncated);
  target[4] = static_cast<double>(counters.foreign);
  target[5] = ended_ ? drops_ : memoryInfoOf(descriptor_).drops;
  target[6] = ended_ ? 0 : static_cast<double>(worker_->inbox().pending());
}

void Socket::ref(const Napi::CallbackInfo& info) {
  if (!ended_ && worker_->started()) announcer_.Ref(info.Env());
}

void Socket::unref(const Napi::CallbackInfo& info) {
  if (!ended_ && worker_->started()) announcer_.Unref(info.Env());
}

void Socket::close(const Napi::CallbackInfo&) { end(true); }

void Socket::end(bool environmentLives) {
  if (std::exchange(ended_, true) || !worker_) return;
  worker_->stop();
  drops_ = memoryInfoOf(descriptor_).drops;
  descriptor_.close();
  if (!environmentLives) return;
  if (worker_->started()) announcer_.Abort();
  removeHook();
}

void Socket::addHook() { hooked_ = napi_add_env_cleanup_hook(env_, &Socket::onEnvironmentEnd, this) == napi_ok; }

void Socket::removeHook() {
  // A hook without its pair, in either direction, makes Deno panic.
  if (std::exchange(hooked_, false)) napi_remove_env_cleanup_hook(env_, &Socket::onEnvironmentEnd, this);
}

void Socket::onEnvironmentEnd(void* socket) {
  Socket* self = static_cast<Socket*>(socket);
  self->hooked_ = false;
  self->end(false);
}

}  // namespace rtnl
