#include "inbox.h"

#include <string.h>

#include <utility>

namespace rtnl {

namespace {

constexpr size_t kLargeDatagram = size_t{16} * 1024;

constexpr size_t padded(size_t length) { return (length + 3) & ~size_t{3}; }

}  // namespace

void Inbox::push(Item item) {
  const size_t cost = costOf(item);
  items_.push_back(std::move(item));
  pending_ += cost;
  news_ = true;
}

bool Inbox::append(const uint8_t* bytes, size_t length, int nsid) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t size = padded(length);
  const bool alike = !items_.empty() && items_.back().kind == Kind::Data && items_.back().nsid == nsid;
  const bool complete = alike && items_.back().bytes.size() + size > kReadBytes;
  if (!alike || complete) push({Kind::Data, nsid, 0, 0, settled_, {}});
  Bytes& chunk = items_.back().bytes;
  // Where one chunk was filled, or a datagram is large, more will come.
  if (complete || (chunk.empty() && length >= kLargeDatagram)) chunk = chunks_->take();
  chunk.insert(chunk.end(), bytes, bytes + length);
  chunk.resize(chunk.size() + size - length);
  pending_ += size;
  news_ = true;
  return complete;
}

void Inbox::mark(Kind kind, int64_t token, int error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (kind == Kind::SendFailed) settled_ = token;
  push({kind, -1, error, token, settled_, {}});
}

void Inbox::settle(int64_t token) {
  const std::lock_guard<std::mutex> lock(mutex_);
  settled_ = token;
  news_ = true;
}

void Inbox::fail(int error) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  failure_ = error;
  news_ = true;
}

bool Inbox::full() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (pending_ >= limit_) paused_ = true;
  return paused_;
}

bool Inbox::announce() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  return news_ && !std::exchange(announced_, true);
}

Read Inbox::read(uint8_t* target) {
  Read result;
  Bytes bytes;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (items_.empty()) {
      result.settled = settled_;
      if (failure_ != 0) {
        result.kind = Kind::Failed;
        result.error = std::exchange(failure_, 0);
      } else {
        news_ = false;
        announced_ = false;
      }
      return result;
    }
    Item& item = items_.front();
    result.length = item.bytes.size();
    result.kind = item.kind;
    result.nsid = item.nsid;
    result.error = item.error;
    result.token = item.token;
    result.settled = item.settled;
    pending_ -= costOf(item);
    bytes = std::move(item.bytes);
    items_.pop_front();
    if (paused_ && pending_ <= limit_ / 2) {
      paused_ = false;
      result.resume = true;
    }
  }
  // The copy is made without the lock, so that the I/O thread goes on receiving meanwhile.
  if (!bytes.empty()) memcpy(target, bytes.data(), bytes.size());
  if (bytes.capacity() >= kReadBytes) chunks_->give(std::move(bytes));
  return result;
}

void Inbox::clear() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  // Assigning an empty one would take memory first.
  items_.clear();
  items_.shrink_to_fit();
  pending_ = 0;
}

size_t Inbox::pending() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return pending_;
}

}  // namespace rtnl
