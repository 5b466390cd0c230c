#include "ready_list.h"

#include <utility>

#include "channel.h"

namespace rtnl {

void ReadyList::add(std::shared_ptr<Channel> channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!call_) return;
  channels_.push_back(std::move(channel));
  // With the lock, so that `close` waits for it.
  if (channels_.size() == 1) call_();
}

ReadyList::Channels ReadyList::take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(channels_, {});
}

void ReadyList::close() {
  Channels forgotten;
  const std::lock_guard<std::mutex> lock(mutex_);
  call_ = nullptr;
  forgotten.swap(channels_);
}

}  // namespace rtnl
