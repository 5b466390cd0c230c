// The I/O thread of one socket.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

#include "descriptor.h"
#include "inbox.h"
#include "receiver.h"

namespace rtnl {

class Worker {
 public:
  // Throws SystemError.
  Worker(const Descriptor& socket, size_t pendingLimit);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { stop(); }

  // `readable` is called from the I/O thread when the inbox has news for a reader that does not know; it returns
  // false when there is no reader any more. Throws SystemError. Called once at most.
  void start(std::function<bool()> readable);
  bool started() const { return started_; }

  // Ends the thread and waits for its end, which is prompt unless the kernel is at work on a request at this moment.
  // Gives back descriptors and buffers: the collector may come for the object much later, and not every runtime runs
  // destructors when an environment ends.
  void stop();

  // Commands are carried out in order. Throw std::bad_alloc.
  void send(std::vector<uint8_t> bytes, int64_t token);
  // A fence: everything that is in the kernel's queue now comes before the mark, and the queue was empty once after
  // an overrun.
  void sync(int64_t token);

  // Lets the thread look again whether there is room in the inbox.
  void wake();

  Inbox& inbox() { return inbox_; }
  const Receiver::Counters& counters() const { return receiver_.counters(); }

 private:
  enum class Step { Send, Sync };
  struct Command {
    Step step;
    int64_t token;
    std::vector<uint8_t> bytes;
  };

  static void* main(void* worker);
  void run();
  void receive();
  void reachFence();
  void execute();
  bool next(Command& command);
  void enqueue(Command command);
  void wait(bool forInput);
  void announce();

  const Descriptor& socket_;
  Descriptor event_;
  Inbox inbox_;
  Receiver receiver_;
  std::function<bool()> readable_;
  pthread_t thread_ = {};
  bool started_ = false;
  bool running_ = false;
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  // guards commands_
  std::deque<Command> commands_;

  // Of the I/O thread only.
  Command current_ = {};
  bool draining_ = false;    // current_ was begun; its fence is not reached
  uint64_t drainUntil_ = 0;  // value of receiver_.taken() at which it is reached, if the queue is not empty before
  bool input_ = false;       // the kernel's queue may have something
  uint64_t emptyAt_ = 0;     // datagrams that were taken when the queue was found empty last
  bool flooded_ = false;     // many had come since it was found empty before
};

}  // namespace rtnl
