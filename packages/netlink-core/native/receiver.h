// Reads datagrams from the socket into the inbox.
#pragma once

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <memory>

#include "descriptor.h"
#include "inbox.h"

namespace rtnl {

class Receiver {
 public:
  Receiver(const Descriptor& socket, Inbox& inbox);
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  enum class Outcome {
    Some,      // there may be more
    Complete,  // as Some, and a chunk was completed
    Empty,     // the kernel's queue was empty
    Failed,    // the socket is broken; the inbox knows
  };
  // One system call, never waiting. Called by one thread only.
  Outcome receive();

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
  static constexpr size_t kSlots = 16;

  union Control {
    char bytes[CMSG_SPACE(sizeof(int))];
    cmsghdr alignment;
  };

  void resize(size_t slot);
  bool accept(size_t index, size_t& largest);

  const Descriptor& socket_;
  Inbox& inbox_;
  Counters counters_;
  uint64_t taken_ = 0;
  size_t slot_ = 0;
  std::unique_ptr<uint8_t[]> slab_;
  std::array<mmsghdr, kSlots> headers_ = {};
  std::array<iovec, kSlots> vectors_ = {};
  std::array<sockaddr_nl, kSlots> senders_ = {};
  std::array<Control, kSlots> controls_ = {};
};

}  // namespace rtnl
