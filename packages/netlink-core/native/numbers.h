// The numbers that both sides of the interface to JavaScript use. They are written here alone: JavaScript takes them
// from the addon (constants.cc).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace rtnl {

// The most that one item of data holds, and so the largest datagram that can be taken. Large enough that the cost
// of a hand-over is nothing per message, small enough for one turn of the event loop.
constexpr size_t kReadBytes = size_t{256} * 1024;

// The most bytes that a limit or a buffer may have: the kernel doubles the size of a buffer, and keeps it in an `int`.
constexpr int64_t kLargestSize = 0x3fffffff;

// What Socket::read() returns.
enum class Kind : int {
  None,        // nothing is left; the next item is announced
  Data,        // datagrams, each padded to 4 bytes
  Overrun,     // the kernel dropped messages
  Truncated,   // a datagram was larger than the buffer for it
  Sync,        // the fence `Token` was reached
  SendFailed,  // the datagram `Token` was refused with `Errno`
  Failed,      // receiving failed with `Errno`; this is the last item
  Empty,       // a datagram of no bytes
};

// Where Socket::read() writes what else is to say.
enum class Detail : size_t {
  Length,   // of Data: bytes written
  Nsid,     // of Data: id of the namespace, -1 for the socket's own
  Errno,    // of SendFailed and Failed
  Token,    // of Sync and SendFailed
  Settled,  // of every item: no datagram up to this token is reported as failed after it
  Count,
};

// Where Socket::counters() writes what it counts.
enum class Counter : size_t { Datagrams, Bytes, Overruns, Truncated, Foreign, Drops, Pending, Count };

}  // namespace rtnl
