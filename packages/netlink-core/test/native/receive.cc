// What datagrams take in the program, for a tool that counts instructions: in the addon's code, or in a loop beside it.
// Prints how many bytes came.
//   receive addon|loop DATAGRAMS
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <memory>
#include <utility>
#include <vector>

#include "channel.h"
#include "chunk_pool.h"
#include "descriptor.h"
#include "io_loop.h"
#include "ready_list.h"
#include "receiver.h"

namespace {

// As many acks as the smallest receive buffer has room for.
constexpr size_t kBatch = 100;

// The kernel acknowledges messages that say nothing, inside send().
void fill(int socket) {
  nlmsghdr nothing[kBatch] = {};
  for (nlmsghdr& message : nothing) {
    message.nlmsg_len = sizeof message;
    message.nlmsg_type = NLMSG_NOOP;
    message.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  }
  if (send(socket, nothing, sizeof nothing, 0) != sizeof nothing) {
    perror("send");
    exit(1);
  }
}

// All but the thread, whose turns depend on time: a loop that was not entered does nothing.
size_t receiveByAddon(rtnl::Descriptor socket, size_t batches) {
  rtnl::ReceiveBuffers buffers;
  const int file = socket.get();
  const auto channel = std::make_shared<rtnl::Channel>(std::move(socket), 64 * 1024 * 1024);
  const auto ready = std::make_shared<rtnl::ReadyList>([] {});
  rtnl::IoLoop loop(false, ready);
  // Stands for the function of a reader, which is not called here.
  static max_align_t readable;
  channel->start(loop, ready, std::make_shared<rtnl::ChunkPool>(),
                 reinterpret_cast<Napi::FunctionReference&>(readable));
  std::vector<uint8_t> target(rtnl::kReadBytes);
  size_t bytes = 0;
  while (batches-- > 0) {
    fill(file);
    channel->expectInput();
    rtnl::Channel::Next next = rtnl::Channel::Next::Step;
    while (next == rtnl::Channel::Next::Step) {
      if (!channel->begin(nullptr)) exit(1);
      next = channel->step(buffers);
      channel->end();
    }
    ready->begin();
    ready->take();
    for (;;) {
      const rtnl::Read read = channel->inbox().read(target.data());
      if (read.kind == rtnl::Kind::None) break;
      bytes += read.length;
    }
  }
  channel->close();
  return bytes;
}

// The same datagrams in the plain way. Each is looked at byte by byte, so that the loop is of some length.
size_t receiveByLoop(rtnl::Descriptor socket, size_t batches) {
  uint8_t datagram[512];
  volatile unsigned int sum = 0;
  size_t bytes = 0;
  while (batches-- > 0) {
    fill(socket.get());
    ssize_t length;
    while ((length = recv(socket.get(), datagram, sizeof datagram, MSG_DONTWAIT)) > 0) {
      for (ssize_t index = 0; index < length; index++) sum = sum * 31 + datagram[index];
      bytes += static_cast<size_t>(length);
    }
  }
  return bytes;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  const size_t batches = strtoul(words[2], nullptr, 10) / kBatch;
  rtnl::Descriptor socket = rtnl::openNetlinkSocket(NETLINK_ROUTE, nullptr);
  const bool addon = strcmp(words[1], "addon") == 0;
  printf("%zu\n", addon ? receiveByAddon(std::move(socket), batches) : receiveByLoop(std::move(socket), batches));
  return 0;
}
