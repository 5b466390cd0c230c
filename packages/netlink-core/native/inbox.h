// What was received of one socket and not yet read by JavaScript: the one place where both threads meet.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "chunk_pool.h"
#include "numbers.h"

namespace rtnl {

struct Read {
  Kind kind = Kind::None;
  size_t length = 0;
  int nsid = -1;  // -1: the socket's own namespace
  int error = 0;
  int64_t token = 0;
  int64_t settled = 0;  // every datagram up to this token was sent, or its failure was read
  bool resume = false;  // the I/O thread waits for room, and there is some now
};

class Inbox {
 public:
  // `limit`: bytes at which full() begins to hold; it ends when half of them were read.
  explicit Inbox(size_t limit) : limit_(limit) {}

  // Where large chunks come from and go to. Called once, before anything is received.
  void use(std::shared_ptr<ChunkPool> chunks) { chunks_ = std::move(chunks); }

  // For the I/O thread. append() takes at most kReadBytes bytes and returns true when a chunk is complete, which is a
  // good time to announce. It and mark() throw std::bad_alloc.
  bool append(const uint8_t* bytes, size_t length, int nsid);
  void mark(Kind kind, int64_t token = 0, int error = 0);
  void settle(int64_t token);
  void fail(int error) noexcept;
  bool full();
  // True when there is news and the reader does not know; it is expected to read until it reads `None`.
  bool announce() noexcept;

  // For JavaScript's thread. `target` has room for kReadBytes bytes.
  Read read(uint8_t* target);
  size_t pending();

  // Forgets everything. For the time after the I/O thread.
  void clear() noexcept;

 private:
  struct Item {
    Kind kind;
    int nsid;
    int error;
    int64_t token;
    int64_t settled;
    Bytes bytes;
  };
  // An item without bytes costs memory too.
  static size_t costOf(const Item& item) { return item.bytes.size() + sizeof(Item); }

  void push(Item item);

  const size_t limit_;
  std::shared_ptr<ChunkPool> chunks_;
  std::mutex mutex_;
  std::deque<Item> items_;
  size_t pending_ = 0;
  int64_t settled_ = 0;
  int failure_ = 0;
  bool paused_ = false;
  bool news_ = false;       // since the reader read `None`
  bool announced_ = false;  // since the reader read `None`
};

}  // namespace rtnl
