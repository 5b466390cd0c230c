#include "ready_list.h"

#include <utility>

namespace rtnl {

void ReadyList::add(std::shared_ptr<Channel> channel) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!call_) return;
  channels_.push(std::move(channel));
  call();
}

void ReadyList::threadEnded() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  threadEnded_ = true;
  if (call_) call();
}

// With the lock, so that `close` waits for it.
void ReadyList::call() noexcept {
  if (!std::exchange(called_, true)) call_();
}

ReadyList::News ReadyList::begin() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  called_ = false;
  return {channels_.size(), std::exchange(threadEnded_, false)};
}

std::shared_ptr<Channel> ReadyList::take() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return channels_.pop();
}

void ReadyList::close() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  call_ = nullptr;
  channels_.clear();
}

}  // namespace rtnl
