// Large chunks that were read, for the next ones while there is a flood: new memory costs the kernel time.
#pragma once

#include <stdint.h>

#include <mutex>
#include <utility>
#include <vector>

#include "memory.h"
#include "numbers.h"

namespace rtnl {

using Bytes = std::vector<uint8_t, PageAllocator<uint8_t>>;

// All sockets of an environment share one, so that what is kept does not grow with their number.
class ChunkPool {
 public:
  ChunkPool() { spares_.reserve(kSpares); }

  // Room for kReadBytes bytes. Throws std::bad_alloc.
  Bytes take() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!spares_.empty()) {
        Bytes chunk = std::move(spares_.back());
        spares_.pop_back();
        return chunk;
      }
    }
    Bytes chunk;
    chunk.reserve(kReadBytes);
    return chunk;
  }

  // Takes a chunk back, and frees it where enough are kept.
  void give(Bytes chunk) {
    chunk.clear();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (spares_.size() < kSpares) spares_.push_back(std::move(chunk));
  }

 private:
  // One that is read and one that is filled, of each of two sockets in a flood: 1 MiB.
  static constexpr size_t kSpares = 4;

  std::mutex mutex_;
  std::vector<Bytes> spares_;
};

}  // namespace rtnl
