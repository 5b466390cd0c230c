// The sockets that have news for JavaScript, of all I/O threads of an environment.
#pragma once

#include <stddef.h>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "channel.h"
#include "linked_queue.h"

namespace rtnl {

class ReadyList {
 public:
  // `call` is called from any thread, and makes JavaScript's thread call `begin`.
  explicit ReadyList(std::function<void()> call) : call_(std::move(call)) {}
  ReadyList(const ReadyList&) = delete;
  ReadyList& operator=(const ReadyList&) = delete;

  // For any thread. JavaScript is called once for all that happens before it begins. They cannot fail: nobody would
  // look at the socket again.
  void add(std::shared_ptr<Channel> channel) noexcept;
  void threadEnded() noexcept;

  // For JavaScript's thread. What there is to do now: sockets to be taken, and whether a thread has ended.
  struct News {
    size_t sockets;
    bool threadEnded;
  };
  News begin() noexcept;
  std::shared_ptr<Channel> take() noexcept;
  // `call` is not called any more, and no call of it is under way.
  void close() noexcept;

 private:
  void call() noexcept;

  std::mutex mutex_;
  std::function<void()> call_;
  bool called_ = false;
  bool threadEnded_ = false;
  LinkedQueue<Channel, &Channel::ready> channels_;
};

}  // namespace rtnl
