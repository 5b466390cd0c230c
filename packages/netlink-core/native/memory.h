// Memory that goes back to the system at once. What malloc gives to many threads stays in arenas of theirs after it is
// freed, and its thresholds belong to the program that the addon is loaded into.
#pragma once

#include <stddef.h>
#include <sys/mman.h>

#include <memory>
#include <new>

namespace rtnl {

// Throws std::bad_alloc. Pages that are never written cost nothing.
inline void* mapPages(size_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // The first byte of a huge page would cost all of it.
  madvise(pages, bytes, MADV_NOHUGEPAGE);
  return pages;
}

// For std::vector: large blocks are pages of their own.
template <typename Value>
struct PageAllocator {
  using value_type = Value;

  Value* allocate(size_t count) {
    const size_t bytes = count * sizeof(Value);
    return bytes < kLarge ? std::allocator<Value>().allocate(count) : static_cast<Value*>(mapPages(bytes));
  }

  void deallocate(Value* block, size_t count) {
    const size_t bytes = count * sizeof(Value);
    if (bytes < kLarge) {
      std::allocator<Value>().deallocate(block, count);
    } else {
      munmap(block, bytes);
    }
  }

  bool operator==(const PageAllocator&) const { return true; }
  bool operator!=(const PageAllocator&) const { return false; }

 private:
  static constexpr size_t kLarge = size_t{64} * 1024;
};

// Pages that belong to one owner.
class Pages {
 public:
  Pages() = default;
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() { release(); }

  unsigned char* data() const { return static_cast<unsigned char*>(data_); }

  // Throws std::bad_alloc.
  void allocate(size_t bytes) {
    release();
    data_ = mapPages(bytes);
    bytes_ = bytes;
  }

  void release() {
    if (data_ != nullptr) munmap(data_, bytes_);
    data_ = nullptr;
    bytes_ = 0;
  }

 private:
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace rtnl
