// A thread that receives and sends for any number of sockets, in turn.
#pragma once

#include <pthread.h>
#include <stdint.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "channel.h"
#include "descriptor.h"
#include "linked_queue.h"
#include "ready_list.h"
#include "receiver.h"

namespace rtnl {

class IoLoop;

// A channel in a loop, from `add` to `remove`.
struct Member {
  Member(IoLoop& in, std::shared_ptr<Channel> added) : loop(in), channel(std::move(added)) {}

  IoLoop& loop;
  const std::shared_ptr<Channel> channel;
  Link<Member> woken;  // with the lock of the loop

  // Of the I/O thread only.
  Link<Member> runnable;
  Link<Member> paused;
  bool armed = true;       // `epoll` reports arrivals
  unsigned int steps = 0;  // what it had to do without a break
};

class IoLoop {
 public:
  // `urgent`: the thread goes before other threads of the process while it is behind, where that is permitted.
  // `readyList` is told when it has ended by itself.
  IoLoop(bool urgent, std::shared_ptr<ReadyList> readyList) : urgent_(urgent), readyList_(std::move(readyList)) {}
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;
  ~IoLoop() { stop(); }

  // For JavaScript's thread. Another channel belongs to the loop; the first one starts the thread. Throws SystemError,
  // std::bad_alloc.
  void enter();
  // One belongs to it no more. After the last one the thread ends by itself.
  void leave() noexcept;
  // Gives back what the system keeps of a thread that has ended.
  void reap() noexcept;
  // Ends the thread and waits for its end, which is prompt unless the kernel is at work on a request at this moment.
  // Not to be used after.
  void stop() noexcept;

  // For channels, with their lock. Returns what failed, without an error if nothing did. `member` stays empty when no
  // thread runs.
  SystemError add(const std::shared_ptr<Channel>& channel, std::weak_ptr<Member>& member) noexcept;
  void remove(Member& member) noexcept;
  // Lets the thread look at the channel.
  void wake(const std::shared_ptr<Member>& member) noexcept;

 private:
  using Members = std::vector<std::shared_ptr<Member>>;

  static void* main(void* loop) noexcept;
  // Nothing that the thread does takes memory but what is received, whose failure is the channel's: it cannot end too
  // early.
  void run() noexcept;
  bool takeWoken() noexcept;
  void poll(int timeout) noexcept;
  void sleep() noexcept;
  void work(const std::shared_ptr<Member>& member) noexcept;
  void hurry(bool hurrying) noexcept;
  bool arm(Member& member) noexcept;
  bool watch(Member& member) noexcept;
  void disarm(Member& member) noexcept;
  Members::iterator find(const Member* member) noexcept;
  void endPauses() noexcept;
  void join() noexcept;

  const bool urgent_;
  const std::shared_ptr<ReadyList> readyList_;
  pthread_t thread_ = {};
  bool joinable_ = false;  // of JavaScript's thread

  std::mutex mutex_;  // guards what follows
  Descriptor epoll_;
  Descriptor event_;
  unsigned int entered_ = 0;
  bool running_ = false;
  bool stopping_ = false;
  bool sleeping_ = false;  // the thread waits in the kernel, or is about to
  // In the order of their addresses, which `epoll` gives back: one that is gone is not in it.
  Members members_;
  LinkedQueue<Member, &Member::woken> woken_;

  // Of the I/O thread only.
  std::unique_ptr<ReceiveBuffers> buffers_;
  LinkedQueue<Member, &Member::runnable> runnable_;
  LinkedQueue<Member, &Member::paused> paused_;
  bool hurrying_ = false;
  int usual_ = 0;  // the nice value from before
};

}  // namespace rtnl
