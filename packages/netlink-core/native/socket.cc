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

IoThread& threadAt(const Napi::CallbackInfo& info, size_t index) {
  if (!IoThread::isInstance(info[index])) throw wrongType(info, index, "thread", "an IoThread");
  return *IoThread::Unwrap(info[index].As<Napi::Object>());
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
                         InstanceMethod<&Socket::moveTo>("moveTo"),
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
  attempt(info.Env(), [&] {
    Descriptor descriptor = openNetlinkSocket(protocol, netns);
    portId_ = portIdOf(descriptor);
    channel_ = std::make_shared<Channel>(std::move(descriptor), static_cast<size_t>(pendingLimit));
  });
  hook_.add();
}

// NOLINTNEXTLINE(readability-make-member-function-const): Node-API takes no such methods.
Napi::Value Socket::portId(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), portId_); }

void Socket::requireOpen() {
  if (ended_) throw closedException(Env(), "netlink socket");
}

void Socket::setOption(const Napi::CallbackInfo& info) {
  const int level = intAt(info, 0, "level");
  const int option = intAt(info, 1, "option");
  const int value = intAt(info, 2, "value");
  requireOpen();
  if (setsockopt(channel_->socket().get(), level, option, &value, sizeof value) != 0) {
    throw systemException(info.Env(), {"setsockopt", errno});
  }
}

Napi::Value Socket::getOption(const Napi::CallbackInfo& info) {
  const int level = intAt(info, 0, "level");
  const int option = intAt(info, 1, "option");
  requireOpen();
  int value = 0;
  socklen_t length = sizeof value;
  if (getsockopt(channel_->socket().get(), level, option, &value, &length) != 0) {
    throw systemException(info.Env(), {"getsockopt", errno});
  }
  return Napi::Number::New(info.Env(), value);
}

void Socket::expectDumps(const Napi::CallbackInfo& info) {
  requireOpen();
  attempt(info.Env(), [&] { enlargeDumps(channel_->socket()); });
}

void Socket::start(const Napi::CallbackInfo& info) {
  IoThread& thread = threadAt(info, 0);
  const Napi::Function readable = functionAt(info, 1, "readable");
  requireOpen();
  if (loop_ != nullptr) throw Napi::Error::New(info.Env(), "started already");
  Announcer& announcer = thread.announcer();
  attempt(info.Env(), [&] {
    thread.loop()->enter();
    try {
      readable_ = Napi::Persistent(readable);
      channel_->start(*thread.loop(), announcer.readyList(), announcer.chunks(), readable_);
    } catch (...) {
      readable_.Reset();
      thread.loop()->leave();
      throw;
    }
  });
  loop_ = thread.loop();
  thread_ = Napi::Persistent(info[0].As<Napi::Object>());
  announcer_ = &announcer;
  referenced_ = true;
  announcer.ref();
}

void Socket::moveTo(const Napi::CallbackInfo& info) {
  IoThread& thread = threadAt(info, 0);
  requireOpen();
  if (loop_ == nullptr) throw Napi::Error::New(info.Env(), "not started");
  if (&thread.announcer() != announcer_) throw Napi::Error::New(info.Env(), "thread has another announcer");
  if (thread.loop() == loop_) return;
  attempt(info.Env(), [&] { thread.loop()->enter(); });
  channel_->moveTo(*thread.loop());
  loop_->leave();
  loop_ = thread.loop();
  thread_ = Napi::Persistent(info[0].As<Napi::Object>());
}

void Socket::send(const Napi::CallbackInfo& info) {
  const Napi::Uint8Array bytes = bytesAt(info, 0, "bytes", 1);
  const int64_t token = tokenAt(info, 1);
  requireOpen();
  attempt(info.Env(),
          [&] { channel_->send(std::vector<uint8_t>(bytes.Data(), bytes.Data() + bytes.ElementLength()), token); });
}

void Socket::sync(const Napi::CallbackInfo& info) {
  const int64_t token = tokenAt(info, 0);
  requireOpen();
  attempt(info.Env(), [&] { channel_->sync(token); });
}

Napi::Value Socket::read(const Napi::CallbackInfo& info) {
  Napi::Uint8Array target = bytesAt(info, 0, "target", kReadBytes);
  Napi::Float64Array details = doublesAt(info, 1, "details", static_cast<size_t>(Detail::Count));
  Read result;
  if (!ended_) result = channel_->inbox().read(target.Data());
  if (result.resume) channel_->wake();
  set(details, Detail::Length, static_cast<double>(result.length));
  set(details, Detail::Nsid, result.nsid);
  set(details, Detail::Errno, result.error);
  set(details, Detail::Token, static_cast<double>(result.token));
  set(details, Detail::Settled, static_cast<double>(result.settled));
  return Napi::Number::New(info.Env(), static_cast<int>(result.kind));
}

void Socket::counters(const Napi::CallbackInfo& info) {
  Napi::Float64Array target = doublesAt(info, 0, "target", static_cast<size_t>(Counter::Count));
  const Receiver::Counters& counters = channel_->counters();
  set(target, Counter::Datagrams, static_cast<double>(counters.datagrams));
  set(target, Counter::Bytes, static_cast<double>(counters.bytes));
  set(target, Counter::Overruns, static_cast<double>(counters.overruns));
  set(target, Counter::Truncated, static_cast<double>(counters.truncated));
  set(target, Counter::Foreign, static_cast<double>(counters.foreign));
  if (!ended_) countDrops();
  set(target, Counter::Drops, drops_);
  set(target, Counter::Pending, ended_ ? 0 : static_cast<double>(channel_->inbox().pending()));
}

void Socket::countDrops() {
  try {
    drops_ = memoryInfoOf(channel_->socket()).drops;
  } catch (const SystemError&) {
    // A socket is closed and counted whatever happens: the number from before stays.
  }
}

void Socket::ref(const Napi::CallbackInfo&) {
  if (announcer_ != nullptr && !ended_ && !std::exchange(referenced_, true)) announcer_->ref();
}

void Socket::unref(const Napi::CallbackInfo&) {
  if (announcer_ != nullptr && !ended_ && std::exchange(referenced_, false)) announcer_->unref();
}

void Socket::close(const Napi::CallbackInfo&) {
  end(true);
  readable_.Reset();
  thread_.Reset();
}

void Socket::end(bool environmentLives) {
  if (std::exchange(ended_, true) || !channel_) return;
  countDrops();
  channel_->close();
  if (loop_ != nullptr) loop_->leave();
  if (!environmentLives) return;
  if (std::exchange(referenced_, false)) announcer_->unref();
  loop_ = nullptr;
  hook_.remove();
}

}  // namespace rtnl
