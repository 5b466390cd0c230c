// One netlink socket as an I/O thread sees it: what is to be sent, and where what comes is put.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "descriptor.h"
#include "inbox.h"
#include "linked_queue.h"
#include "receiver.h"

namespace Napi {
class FunctionReference;
}

namespace rtnl {

class IoLoop;
class ReadyList;
struct Member;

// JavaScript's thread starts, moves and closes it, whatever the I/O thread does at this moment: if it is at work for
// the channel, it does the rest itself when it is done.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  Channel(Descriptor socket, size_t pendingLimit);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // For JavaScript's thread.

  // `readable` is called when there is news for a reader that does not know. Throws SystemError.
  void start(IoLoop& loop, std::shared_ptr<ReadyList> readyList, std::shared_ptr<ChunkPool> chunks,
             const Napi::FunctionReference& readable);
  // Another thread goes on where the one before stops.
  void moveTo(IoLoop& loop);
  // Gives back descriptor and buffers, at once or as soon as the I/O thread returns from the kernel.
  void close();
  // Null when it is not started, or closed.
  const Napi::FunctionReference* readable() const { return readable_; }

  // Commands are carried out in order. Throw std::bad_alloc.
  void send(std::vector<uint8_t> bytes, int64_t token);
  // A fence: everything that is in the kernel's queue now comes before the mark, and the queue was empty once after
  // an overrun.
  void sync(int64_t token);
  // Lets the thread look again whether there is room in the inbox.
  void wake();

  // Valid until `close`.
  const Descriptor& socket() const { return socket_; }
  Inbox& inbox() { return inbox_; }
  const Receiver::Counters& counters() const { return receiver_.counters(); }

  // For the thread of a loop.

  // Begins work, unless the channel was closed or moved elsewhere: then it has another membership, or none.
  bool begin(const Member* member) noexcept;
  // What has to happen before the next step makes sense.
  enum class Next {
    Step,   // nothing
    Input,  // something arrives, or is to be sent
    Pause,  // a short time passes, or something is to be sent
    Room,   // JavaScript reads
    Never,  // the socket is broken
  };
  // Does something that is bounded: one system call that sends, or one that receives.
  Next step(ReceiveBuffers& buffers) noexcept;
  // Whether so much came since the queue was found empty that it may overflow. Between `begin` and `end`.
  bool behind() const;
  // Ends work. Carries out what JavaScript's thread asked for meanwhile.
  void end() noexcept;
  // The kernel's queue may have something.
  void expectInput() { input_ = true; }

  // Of the list of those that have news.
  Link<Channel> ready;

 private:
  enum class Operation { Send, Sync };
  struct Command {
    Operation operation;
    int64_t token;
    std::vector<uint8_t> bytes;
  };

  void enqueue(Command command);
  bool next(Command& command);
  void execute();
  Next receive(ReceiveBuffers& buffers);
  void reachFence();
  void announce() noexcept;
  void fail(int error) noexcept;
  void wakeThread() noexcept;
  void leave() noexcept;
  void release() noexcept;

  Descriptor socket_;
  Inbox inbox_;
  Receiver receiver_;
  std::shared_ptr<ReadyList> readyList_;
  const Napi::FunctionReference* readable_ = nullptr;

  std::mutex mutex_;              // guards what follows; taken before the lock of a loop
  IoLoop* loop_ = nullptr;        // where it is to be; null when it is not started, or closed
  std::weak_ptr<Member> member_;  // where it is
  bool busy_ = false;             // a thread is between `begin` and `end`
  std::deque<Command> commands_;

  // Of the I/O thread only.
  Command current_ = {};
  bool broken_ = false;          // the inbox knows why
  bool draining_ = false;        // current_ was begun; its fence is not reached
  uint64_t drainUntil_ = 0;      // value of receiver_.taken() at which it is reached, if the queue is not empty before
  bool input_ = true;            // the kernel's queue may have something
  uint64_t emptyAt_ = 0;         // datagrams that were taken when the queue was found empty last
  bool flooded_ = false;         // many had come since it was found empty before
  unsigned int quietLooks_ = 0;  // of the flood, since JavaScript was woken
};

}  // namespace rtnl
