// Reads datagrams from the socket into the inbox.
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <array>
#include <atomic>

#include "descriptor.h"
#include "inbox.h"
#include "memory.h"

namespace rtnl {

// What `recvmmsg` writes to. One for all sockets of a thread.
class ReceiveBuffers {
 public:
  static constexpr size_t kSlots = 16;
  // The largest datagram that is taken. Memory that none has reached costs nothing.
  static constexpr size_t kSlot = kReadBytes;

  // Throws std::bad_alloc.
  ReceiveBuffers() { slab_.allocate(kSlots * kSlot); }
  ReceiveBuffers(const ReceiveBuffers&) = delete;
  ReceiveBuffers& operator=(const ReceiveBuffers&) = delete;

  // Prepares for the next call.
  mmsghdr* headers();

  mmsghdr& header(size_t index) { return headers_[index]; }
  const sockaddr_nl& sender(size_t index) const { return senders_[index]; }
  const uint8_t* bytes(size_t index) const { return slab_.data() + index * kSlot; }

 private:
  union Control {
    char bytes[CMSG_SPACE(sizeof(int))];
    cmsghdr alignment;
  };

  Pages slab_;
  std::array<mmsghdr, kSlots> headers_ = {};
  std::array<iovec, kSlots> vectors_ = {};
  std::array<sockaddr_nl, kSlots> senders_ = {};
  std::array<Control, kSlots> controls_ = {};
};

class Receiver {
 public:
  Receiver(const Descriptor& socket, Inbox& inbox) : socket_(socket), inbox_(inbox) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  enum class Outcome {
    Some,      // there may be more
    Complete,  // as Some, and it is a good time to announce: a chunk was completed, or there may be no end of it
    Empty,     // the kernel's queue was empty
    Failed,    // the socket is broken; the inbox knows
  };
  // One system call, never waiting. Called by one thread at a time.
  Outcome receive(ReceiveBuffers& buffers);

  // Bytes taken from the kernel's queue, for any reason, since the start.
  uint64_t taken() const { return taken_; }

  struct Counters {
    std::atomic<uint64_t> datagrams{0};
    std::atomic<uint64_t> bytes{0};
    std::atomic<uint64_t> overruns{0};
    std::atomic<uint64_t> truncated{0};
    std::atomic<uint64_t> foreign{0};
  };
  const Counters& counters() const { return counters_; }

 private:
  // True when it is a good time to announce.
  bool accept(ReceiveBuffers& buffers, size_t index);

  const Descriptor& socket_;
  Inbox& inbox_;
  Counters counters_;
  uint64_t taken_ = 0;
};

}  // namespace rtnl
