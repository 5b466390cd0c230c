#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <system_error>
#include <thread>

namespace rtnl {

namespace {

// For an answer that is lost because others fill the queue of a socket.
constexpr unsigned int kMostTries = 100;

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.release();
  }
  return *this;
}

void Descriptor::close() {
  if (fd_ >= 0) ::close(release());
}

int Descriptor::release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

namespace {

Descriptor openUnbound(int protocol) {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  if (socket.get() < 0) throw SystemError{"socket", errno};
  return socket;
}

// A namespace is left by ending the thread that entered it: going back could fail and leave the event loop's thread
// in the wrong one.
Descriptor openUnboundIn(int protocol, const Descriptor& netns) {
  Descriptor socket;
  SystemError failure;
  try {
    std::thread([&] {
      if (setns(netns.get(), CLONE_NEWNET) != 0) {
        failure = {"setns", errno};
        return;
      }
      try {
        socket = openUnbound(protocol);
      } catch (const SystemError& error) {
        failure = error;
      }
    }).join();
  } catch (const std::system_error& error) {
    throw SystemError{"pthread_create", error.code().value()};
  }
  if (failure.syscall != nullptr) throw SystemError(failure);
  return socket;
}

}  // namespace

Descriptor openNetlinkSocket(int protocol, const Descriptor* netns) {
  Descriptor socket = netns == nullptr ? openUnbound(protocol) : openUnboundIn(protocol, *netns);
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  if (bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw SystemError{"bind", errno};
  }
  return socket;
}

unsigned int portIdOf(const Descriptor& socket) {
  sockaddr_nl address = {};
  socklen_t length = sizeof address;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    throw SystemError{"getsockname", errno};
  }
  return address.nl_pid;
}

namespace {

// Reads up to the kernel's answer. Returns false where there is none: others had filled the queue, and the kernel adds
// nothing to it then until it was read empty. Nor do others.
bool takeAnswer(const Descriptor& socket) {
  uint8_t buffer[32 * 1024];
  for (;;) {
    sockaddr_nl sender = {};
    socklen_t length = sizeof sender;
    const ssize_t received = retrying([&] {
      return recvfrom(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&sender), &length);
    });
    // What another process has sent stands before the answer, which else would be taken later for one to nothing.
    if (received >= 0 && sender.nl_pid == 0) return true;
    if (received >= 0 || errno == ENOBUFS) continue;
    if (errno == EAGAIN) return false;
    throw SystemError{"recvfrom", errno};
  }
}

}  // namespace

void enlargeDumps(const Descriptor& socket) {
  // The kernel acknowledges a message that says nothing, and does so inside send().
  nlmsghdr nothing = {};
  nothing.nlmsg_len = sizeof nothing;
  nothing.nlmsg_type = NLMSG_NOOP;
  nothing.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  for (unsigned int tries = 0; tries < kMostTries; tries++) {
    if (retrying([&] { return send(socket.get(), &nothing, sizeof nothing, 0); }) < 0) throw SystemError{"send", errno};
    if (takeAnswer(socket)) return;
  }
  throw SystemError{"recvfrom", ENOBUFS};
}

Descriptor openNetworkNamespace(const char* path) {
  // O_NONBLOCK: a path that is a FIFO must not hold the event loop.
  Descriptor file(retrying([&] { return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); }));
  if (file.get() < 0) throw SystemError{"open", errno};
  if (ioctl(file.get(), NS_GET_NSTYPE) != CLONE_NEWNET) throw SystemError{"ioctl", EINVAL};
  return file;
}

MemoryInfo memoryInfoOf(const Descriptor& socket) {
  uint32_t values[SK_MEMINFO_VARS] = {};
  socklen_t length = sizeof values;
  if (getsockopt(socket.get(), SOL_SOCKET, SO_MEMINFO, values, &length) != 0) throw SystemError{"getsockopt", errno};
  return {values[SK_MEMINFO_RMEM_ALLOC], values[SK_MEMINFO_DROPS]};
}

}  // namespace rtnl
