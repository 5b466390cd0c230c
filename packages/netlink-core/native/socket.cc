#include "socket.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "arguments.h"
#include "exceptions.h"
#include "network_namespace.h"
#include "numbers.h"

namespace rtnl {

namespace {

int64_t tokenAt(const Napi::CallbackInfo& info, size_t index) {
  return integerAt(info, index, "token", 0, kLargestInteger);
}

// The namespace to open a socket in; null where the argument is undefined.
const Descriptor* netnsAt(const Napi::CallbackInfo& info, size_t index) {
  if (info[index].IsUndefined()) return nullptr;
  if (!NetworkNamespace::isInstance(info[index])) throw wrongType(info, index, "netns", "a NetworkNamespace");
  return &NetworkNamespace::Unwrap(info[index].As<Napi::Object>())->descriptor();
}

template <typename Index>
void set(Napi::Float64Array& target, Index index, double value) {
  target[static_cast<size_t>(index)] = value;
}

}  // namespace

Napi::Function Socket::define(Napi::Env env) {
  return DefineClass(env, kName,
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

Socket::Socket(const Napi::CallbackInfo& info) : Wrapped(info), hook_(info.Env(), [this] { end(false); }) {
  const int protocol = intAt(info, 0, "protocol");
  const Descriptor* netns = netnsAt(info, 1);
  const int64_t pendingLimit = integerAt(info, 2, "pendingLimit", 1, kLargestSize);
  try {
    descriptor_ = openNetlinkSocket(protocol, netns);
    portId_ = portIdOf(descriptor_);
    worker_.emplace(descriptor_, static_cast<size_t>(pendingLimit));
  } catch (const SystemError& error) {
    throw systemException(info.Env(), error);
  }
  hook_.add();
}

Napi::Value Socket::portId(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), portId_); }

void Socket::requireOpen() {
  if (ended_) throw closedException(Env(), "netlink socket");
}

void Socket::setOption(const Napi::CallbackInfo& info) {
  const int level = intAt(info, 0, "level");
  const int option = intAt(info, 1, "option");
  const int value = intAt(info, 2, "value");
  requireOpen();
  if (setsockopt(descriptor_.get(), level, option, &value, sizeof value) != 0) {
    throw systemException(info.Env(), {"setsockopt", errno});
  }
}

Napi::Value Socket::getOption(const Napi::CallbackInfo& info) {
  const int level = intAt(info, 0, "level");
  const int option = intAt(info, 1, "option");
  requireOpen();
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(descriptor_.get(), level, option, &value, &length) != 0) {
    throw systemException(info.Env(), {"getsockopt", errno});
  }
  return Napi::Number::New(info.Env(), value);
}

void Socket::expectDumps(const Napi::CallbackInfo& info) {
  requireOpen();
  try {
    enlargeDumps(descriptor_);
  } catch (const SystemError& error) {
    throw systemException(info.Env(), error);
  }
}

void Socket::start(const Napi::CallbackInfo& info) {
  const Napi::Function readable = functionAt(info, 0, "readable");
  requireOpen();
  if (worker_->started()) throw Napi::Error::New(info.Env(), "started already");
  // Hooks run in the reverse order of their registration, and a threadsafe function has one of its own. Ours has to
  // run before it, so that the thread has ended when the function goes away.
  hook_.remove();
  announcer_ = Announcer::New(info.Env(), readable, "rtnl:socket", 0, 1);
  hook_.add();
  try {
    worker_->start([this] { return announcer_.NonBlockingCall() == napi_ok; });
  } catch (const SystemError& error) {
    // It would keep the process alive for ever.
    announcer_.Abort();
    throw systemException(info.Env(), error);
  }
}

void Socket::send(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = bytesAt(info, 0, "bytes", 1);
  const int64_t token = tokenAt(info, 1);
  requireOpen();
  worker_->send(std::vector<uint8_t>(bytes.Data(), bytes.Data() + bytes.ElementLength()), token);
}

void Socket::sync(const Napi::CallbackInfo& info) {
  const int64_t token = tokenAt(info, 0);
  requireOpen();
  worker_->sync(token);
}

Napi::Value Socket::read(const Napi::CallbackInfo& info) {
  Napi::Uint8Array target = bytesAt(info, 0, "target", kReadBytes);
  Napi::Float64Array details = doublesAt(info, 1, "details", static_cast<size_t>(Detail::Count));
  Read result;
  if (!ended_) result = worker_->inbox().read(target.Data());
  if (result.resume) worker_->wake();
  set(details, Detail::Length, static_cast<double>(result.length));
  set(details, Detail::Nsid, result.nsid);
  set(details, Detail::Errno, result.error);
  set(details, Detail::Token, static_cast<double>(result.token));
  set(details, Detail::Settled, static_cast<double>(result.settled));
  return Napi::Number::New(info.Env(), static_cast<int>(result.kind));
}

void Socket::counters(const Napi::CallbackInfo& info) {
  Napi::Float64Array target = doublesAt(info, 0, "target", static_cast<size_t>(Counter::Count));
  const Receiver::Counters& counters = worker_->counters();
  set(target, Counter::Datagrams, static_cast<double>(counters.datagrams));
  set(target, Counter::Bytes, static_cast<double>(counters.bytes));
  set(target, Counter::Overruns, static_cast<double>(counters.overruns));
  set(target, Counter::Truncated, static_cast<double>(counters.truncated));
  set(target, Counter::Foreign, static_cast<double>(counters.foreign));
  set(target, Counter::Drops, ended_ ? drops_ : memoryInfoOf(descriptor_).drops);
  set(target, Counter::Pending, ended_ ? 0 : static_cast<double>(worker_->inbox().pending()));
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
  hook_.remove();
}

}  // namespace rtnl
