#include "io_loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace rtnl {

namespace {

constexpr size_t kStack = 256 * 1024;

// Of a thread that is behind: some nine times the share of a thread of JavaScript on the same processor. What it leaves
// unread costs the kernel 800 bytes a message and is dropped in the end; what was received costs a tenth of that, and
// waits. A thread that is not behind leaves the processor to those who make changes.
constexpr int kHurry = -10;

// Between two looks at a queue that is flooded.
constexpr timespec kPause = {0, 200 * 1000};

// Rounds of work between two looks at what has arrived for others. A step is 16 datagrams at most.
constexpr unsigned int kRounds = 8;

// A channel with so much to do one step after the other does not sleep for long. Then whoever queues a message for it need
// not look whether the thread sleeps: of a datagram of requests, each ack does.
constexpr unsigned int kBusy = 4;

// A wake-up is an edge: nothing has to be read. The kernel looks again whether something is there before it reports it.
constexpr uint32_t kArmed = EPOLLIN | EPOLLET;

}  // namespace

void IoLoop::enter() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_) {
      members_++;
      return;
    }
  }
  join();
  Descriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (epoll.get() < 0) throw SystemError{"epoll_create1", errno};
  Descriptor event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (event.get() < 0) throw SystemError{"eventfd", errno};
  epoll_event wanted = {};
  wanted.events = kArmed;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, event.get(), &wanted) != 0) throw SystemError{"epoll_ctl", errno};
  buffers_ = std::make_unique<ReceiveBuffers>();
  const std::lock_guard<std::mutex> lock(mutex_);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  // Signals are the business of the runtime's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, &IoLoop::main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw SystemError{"pthread_create", error};
  pthread_setname_np(thread_, "rtnl-io");
  epoll_ = std::move(epoll);
  event_ = std::move(event);
  members_ = 1;
  joinable_ = true;
  running_ = true;
}

void IoLoop::leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  members_--;
  if (members_ == 0 && running_) eventfd_write(event_.get(), 1);
}

void IoLoop::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (running_) eventfd_write(event_.get(), 1);
  }
  join();
}

void IoLoop::join() {
  if (std::exchange(joinable_, false)) pthread_join(thread_, nullptr);
}

int IoLoop::add(std::shared_ptr<Channel> channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!running_) return 0;
  epoll_event wanted = {};
  wanted.events = kArmed;
  wanted.data.ptr = channel.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, channel->socket().get(), &wanted) != 0) return errno;
  channel->armed = true;
  channel->steps = 0;
  channels_.insert(find(channel.get()), channel);
  woken_.push_back(std::move(channel));
  if (std::exchange(sleeping_, false)) eventfd_write(event_.get(), 1);
  return 0;
}

void IoLoop::remove(Channel& channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = find(&channel);
  if (found == channels_.end() || found->get() != &channel) return;
  channels_.erase(found);
  // Before the descriptor is closed: a process that was just forked may have a copy, which would keep it here.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, channel.socket().get(), nullptr);
}

void IoLoop::wake(std::shared_ptr<Channel> channel) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!running_) return;
  woken_.push_back(std::move(channel));
  if (std::exchange(sleeping_, false)) eventfd_write(event_.get(), 1);
}

// Where the channel is, or would be.
IoLoop::Channels::iterator IoLoop::find(const Channel* channel) {
  return std::lower_bound(channels_.begin(), channels_.end(), channel,
                          [](const auto& one, const Channel* other) { return one.get() < other; });
}

void* IoLoop::main(void* loop) {
  static_cast<IoLoop*>(loop)->run();
  return nullptr;
}

void IoLoop::run() {
  for (unsigned int round = 0; takeWoken(); round++) {
    if (runnable_.empty()) {
      hurry(false);
      sleep();
      endPauses();
    } else if (round % kRounds == 0) {
      // So many rounds take about as long as a pause.
      poll(0);
      endPauses();
    }
    // Each has one step, and goes behind the others if it has more to do.
    for (size_t left = runnable_.size(); left > 0; left--) {
      const std::shared_ptr<Channel> channel = std::move(runnable_.front());
      runnable_.pop_front();
      work(channel);
    }
  }
  // Whoever moved away may come back, to the next thread of this loop.
  for (const auto& channel : runnable_) unqueue(*channel);
  runnable_.clear();
  paused_.clear();
  buffers_.reset();
}

// Returns false when the thread has to end.
bool IoLoop::takeWoken() {
  Channels woken;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_ || members_ == 0) {
      running_ = false;
      epoll_.close();
      event_.close();
      channels_.clear();
      woken_.clear();
      return false;
    }
    woken.swap(woken_);
    sleeping_ = woken.empty() && runnable_.empty();
  }
  for (auto& channel : woken) queue(std::move(channel));
  return true;
}

void IoLoop::sleep() {
  if (paused_.empty()) {
    poll(-1);
    return;
  }
  // `epoll_wait` knows milliseconds only.
  pollfd file = {epoll_.get(), POLLIN, 0};
  if (ppoll(&file, 1, &kPause, nullptr) > 0) poll(0);
}

void IoLoop::poll(int timeout) {
  std::array<epoll_event, 64> events;
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
  const std::lock_guard<std::mutex> lock(mutex_);
  sleeping_ = false;
  for (int index = 0; index < count; index++) {
    const auto* const channel = static_cast<Channel*>(events[static_cast<size_t>(index)].data.ptr);
    const auto found = find(channel);
    if (found == channels_.end() || found->get() != channel) continue;
    (*found)->expectInput();
    queue(*found);
  }
}

void IoLoop::queue(std::shared_ptr<Channel> channel) {
  if (channel->queuedIn.exchange(this) != this) runnable_.push_back(std::move(channel));
}

void IoLoop::unqueue(Channel& channel) {
  IoLoop* here = this;
  channel.queuedIn.compare_exchange_strong(here, nullptr);
}

void IoLoop::endPauses() {
  for (auto& channel : std::exchange(paused_, {})) queue(std::move(channel));
}

void IoLoop::work(const std::shared_ptr<Channel>& channel) {
  unqueue(*channel);
  if (!channel->begin(*this)) return;
  switch (channel->step(*buffers_)) {
    case Channel::Next::Step:
      if (++channel->steps == kBusy) disarm(*channel);
      queue(channel);
      break;
    case Channel::Next::Input:
      channel->steps = 0;
      if (!arm(*channel)) {
        // Where the kernel refuses, the queue is looked at after a pause.
        channel->expectInput();
        paused_.push_back(channel);
      }
      break;
    case Channel::Next::Pause:
      channel->steps = 0;
      disarm(*channel);
      paused_.push_back(channel);
      break;
    case Channel::Next::Room:
    case Channel::Next::Never:
      disarm(*channel);
      break;
  }
  if (channel->behind()) hurry(true);
  channel->end(*this);
}

void IoLoop::hurry(bool hurrying) {
  if (!urgent_ || hurrying_ == hurrying) return;
  hurrying_ = hurrying;
  // Of this thread alone. Without CAP_SYS_NICE it is refused, and the thread has its share as all others.
  if (hurrying) usual_ = getpriority(PRIO_PROCESS, 0);
  setpriority(PRIO_PROCESS, 0, hurrying ? std::min(usual_, kHurry) : usual_);
}

bool IoLoop::arm(Channel& channel) {
  if (channel.armed) return true;
  epoll_event wanted = {};
  wanted.events = kArmed;
  wanted.data.ptr = &channel;
  // What has arrived is reported at once.
  channel.armed = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, channel.socket().get(), &wanted) == 0;
  return channel.armed;
}

// A channel that would not read what arrives does not wake the thread either. Without events, but left in `epoll`, it would
// cost whoever queues a message still.
void IoLoop::disarm(Channel& channel) {
  if (std::exchange(channel.armed, false)) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, channel.socket().get(), nullptr);
  }
}

}  // namespace rtnl
