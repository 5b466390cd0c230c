// What was received and not yet read by JavaScript: the one place where both threads meet.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <mutex>
#include <vector>

#include "memory.h"

namespace rtnl {

// The most that one item of data holds, and so the largest datagram that can be taken. Large enough that the cost
// of a hand-over is nothing per message, small enough for one turn of the event loop.
constexpr size_t kChunk = 256 * 1024;

// The numbers are part of the interface to JavaScript (native-binding.ts).
enum class Kind : int {
  None = 0,        // nothing is left; the next item is announced
  Data = 1,        // datagrams, each padded to 4 bytes
  Overrun = 2,     // the kernel dropped messages
  Truncated = 3,   // a datagram was larger than the buffer for it
  Sync = 4,        // the fence `token` was reached
  SendFailed = 5,  // the datagram `token` was refused with `error`
  Failed = 6,      // receiving failed with `error`; this is the last item
  Empty = 7,       // a datagram of no bytes
};

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
  using Bytes = std::vector<uint8_t, PageAllocator<uint8_t>>;

  // `limit`: bytes at which full() begins to hold; it ends when half of them were read.
  explicit Inbox(size_t limit) : limit_(limit) {}

  // For the I/O thread. append() takes at most kChunk bytes and returns true when a chunk is complete, which is a good
  // time to announce.
  bool append(const uint8_t* bytes, size_t length, int nsid);
  void mark(Kind kind, int64_t token = 0, int error = 0);
  void settle(int64_t token);
  void fail(int error);
  bool full();
  // True when there is news and the reader does not know; it is expected to read until it reads `None`.
  bool announce();

  // For JavaScript's thread. `target` has room for kChunk bytes.
  Read read(uint8_t* target);
  size_t pending();

  // Forgets everything. For the time after the I/O thread.
  void clear();

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
  void makeRoom(Bytes& chunk);

  const size_t limit_;
  std::mutex mutex_;
  std::deque<Item> items_;
  // Large chunks that were read, for the next ones while there is a flood: new memory costs the kernel time.
  std::vector<Bytes> spares_;
  size_t pending_ = 0;
  int64_t settled_ = 0;
  int failure_ = 0;
  bool paused_ = false;
  bool news_ = false;       // since the reader read `None`
  bool announced_ = false;  // since the reader read `None`
};

}  // namespace rtnl
