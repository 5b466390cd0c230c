// File descriptors: ownership, and opening sockets and namespaces.
#pragma once

#include <errno.h>

namespace rtnl {

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return fd_; }
  void close();
  // The caller becomes the owner.
  int release();

 private:
  int fd_;
};

// Calls again what a signal has interrupted.
template <typename Call>
auto retrying(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

// A failed system call. `syscall` is a literal. Without one nothing has failed.
struct SystemError {
  const char* syscall = nullptr;
  int error = 0;
};

// A bound netlink socket, in the namespace of `netns`, or in that of the calling thread when `netns` is null.
// Throws SystemError.
Descriptor openNetlinkSocket(int protocol, const Descriptor* netns);

// The port id (nl_pid) that the kernel gave to a bound netlink socket. Throws SystemError.
unsigned int portIdOf(const Descriptor& socket);

// Lets the kernel use large buffers from the first dump on, on a new socket of rtnetlink. It makes the datagrams of a
// dump as large as the largest buffer that a datagram was ever read into, 32 KiB at most. Before the first one that is
// some 4 KB, and a dump whose first entry needs more ends, for some tables as if they were empty. Throws SystemError.
void enlargeDumps(const Descriptor& socket);

// Opens a network namespace file. Throws SystemError; EINVAL of `ioctl` says that the file is no network namespace.
Descriptor openNetworkNamespace(const char* path);

// Unread bytes as the kernel accounts them (they include its overhead, so they exceed the bytes to be read), and
// the messages dropped since the socket was opened (SO_MEMINFO). Throws SystemError.
struct MemoryInfo {
  unsigned int queued = 0;
  unsigned int drops = 0;
};
MemoryInfo memoryInfoOf(const Descriptor& socket);

}  // namespace rtnl
