#include "receiver.h"

#include <errno.h>
#include <string.h>

namespace rtnl {

namespace {

// The namespace that a message comes from, when the kernel tells (NETLINK_LISTEN_ALL_NSID); else -1.
int nsidOf(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_NETLINK || control->cmsg_type != NETLINK_LISTEN_ALL_NSID) continue;
    int nsid = -1;
    memcpy(&nsid, CMSG_DATA(control), sizeof nsid);
    return nsid;
  }
  return -1;
}

}  // namespace

mmsghdr* ReceiveBuffers::headers() {
  for (size_t index = 0; index < kSlots; index++) {
    vectors_[index] = {slab_.data() + index * kSlot, kSlot};
    msghdr& header = headers_[index].msg_hdr;
    header = {};
    header.msg_name = &senders_[index];
    header.msg_namelen = sizeof senders_[index];
    header.msg_iov = &vectors_[index];
    header.msg_iovlen = 1;
    header.msg_control = controls_[index].bytes;
    header.msg_controllen = sizeof controls_[index].bytes;
  }
  return headers_.data();
}

Receiver::Outcome Receiver::receive(ReceiveBuffers& buffers) {
  // MSG_TRUNC makes msg_len the whole length of a datagram, even when it did not fit.
  const int count =
      recvmmsg(socket_.get(), buffers.headers(), ReceiveBuffers::kSlots, MSG_DONTWAIT | MSG_TRUNC, nullptr);
  if (count < 0) {
    switch (errno) {
      case EAGAIN:
        return Outcome::Empty;
      case EINTR:
        return Outcome::Some;
      case ENOBUFS:
        counters_.overruns++;
        inbox_.mark(Kind::Overrun);
        return Outcome::Some;
      default:
        inbox_.fail(errno);
        return Outcome::Failed;
    }
  }
  bool complete = false;
  for (int index = 0; index < count; index++) complete |= accept(buffers, static_cast<size_t>(index));
  return complete ? Outcome::Complete : Outcome::Some;
}

bool Receiver::accept(ReceiveBuffers& buffers, size_t index) {
  mmsghdr& message = buffers.header(index);
  const size_t length = message.msg_len;
  taken_ += length;
  // Anybody with the right to may send to our port id; only the kernel (0) is believed.
  if (message.msg_hdr.msg_namelen != sizeof(sockaddr_nl) || buffers.sender(index).nl_pid != 0) {
    counters_.foreign++;
    return false;
  }
  if ((message.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
    counters_.truncated++;
    inbox_.mark(Kind::Truncated);
    return false;
  }
  counters_.datagrams++;
  if (length == 0) {
    inbox_.mark(Kind::Empty);
    return true;
  }
  counters_.bytes += length;
  return inbox_.append(buffers.bytes(index), length, nsidOf(message.msg_hdr));
}

}  // namespace rtnl
