// A thread that receives and sends for any number of sockets, in turn.
#pragma once

#include <pthread.h>
#include <stdint.h>

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "channel.h"
#include "descriptor.h"
#include "receiver.h"

namespace rtnl {

class IoLoop {
 public:
  // `urgent`: the thread goes before other threads of the process while it is behind, where that is permitted.
  explicit IoLoop(bool urgent) : urgent_(urgent) {}
  IoLoop(const IoLoop&) = delete;
  IoLoop& operator=(const IoLoop&) = delete;
  ~IoLoop() { stop(); }

  // For JavaScript's thread. Another channel belongs to the loop; the first one starts the thread. Throws SystemError,
  // std::bad_alloc.
  void enter();
  // One belongs to it no more. After the last one the thread ends by itself.
  void leave();
  // Ends the thread and waits for its end, which is prompt unless the kernel is at work on a request at this moment. Not
  // to be used after.
  void stop();

  // For channels, with their lock. Returns an errno, or 0.
  int add(std::shared_ptr<Channel> channel);
  void remove(Channel& channel);
  // Lets the thread look at the channel.
  void wake(std::shared_ptr<Channel> channel);

 private:
  using Channels = std::vector<std::shared_ptr<Channel>>;

  static void* main(void* loop);
  void run();
  bool takeWoken();
  void poll(int timeout);
  void sleep();
  void work(const std::shared_ptr<Channel>& channel);
  void hurry(bool hurrying);
  bool arm(Channel& channel);
  void disarm(Channel& channel);
  Channels::iterator find(const Channel* channel);
  void queue(std::shared_ptr<Channel> channel);
  void unqueue(Channel& channel);
  void endPauses();
  void join();

  const bool urgent_;
  pthread_t thread_ = {};
  bool joinable_ = false;  // of JavaScript's thread

  std::mutex mutex_;  // guards what follows
  Descriptor epoll_;
  Descriptor event_;
  unsigned int members_ = 0;
  bool running_ = false;
  bool stopping_ = false;
  bool sleeping_ = false;  // the thread waits in the kernel, or is about to
  // In the order of their addresses, which `epoll` gives back: one that is gone is not in it.
  Channels channels_;
  Channels woken_;

  // Of the I/O thread only.
  std::unique_ptr<ReceiveBuffers> buffers_;
  std::deque<std::shared_ptr<Channel>> runnable_;
  Channels paused_;
  bool hurrying_ = false;
  int usual_ = 0;  // the nice value from before
};

}  // namespace rtnl
