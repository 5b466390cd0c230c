// The sockets that have news for JavaScript, of all I/O threads of an environment.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace rtnl {

class Channel;
class IoLoop;

class ReadyList {
 public:
  using Channels = std::vector<std::shared_ptr<Channel>>;

  // `call` is called from any thread, and makes JavaScript's thread call `take`.
  explicit ReadyList(std::function<void()> call) : call_(std::move(call)) {}
  ReadyList(const ReadyList&) = delete;
  ReadyList& operator=(const ReadyList&) = delete;

  // For any thread. JavaScript is called once for all that are added before it takes them. Throws std::bad_alloc.
  void add(std::shared_ptr<Channel> channel);

  // For JavaScript's thread.
  Channels take();
  // For JavaScript's thread. `call` is not called any more, and no call of it is under way.
  void close();

 private:
  std::mutex mutex_;
  std::function<void()> call_;
  Channels channels_;
};

}  // namespace rtnl
