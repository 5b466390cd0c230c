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

constexpr size_t kStack = size_t{256} * 1024;

// Of a thread that is behind: some nine times the share of a thread of JavaScript on the same processor. What it leaves
// unread costs the kernel 800 bytes a message and is dropped in the end; what was received costs a tenth of that, and
// waits. A thread that is not behind leaves the processor to those who make changes.
constexpr int kHurry = -10;

// Between two looks at a queue that is flooded.
constexpr timespec kPause = {0, 200'000};

// Rounds of work between two looks at what has arrived for others. A step is 16 datagrams at most.
constexpr unsigned int kRounds = 8;

// A channel with so much to do one step after the other does not sleep for long. Then whoever queues a message for it
// need not look whether the thread sleeps: of a datagram of requests, each ack does.
constexpr unsigned int kBusy = 4;

// A wake-up is an edge: nothing has to be read. The kernel looks again whether something is there before it reports it.
constexpr uint32_t kArmed = EPOLLIN | EPOLLET;

}  // namespace

void IoLoop::enter() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_) {
      entered_++;
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
  std::unique_ptr<ReceiveBuffers> buffers = std::make_unique<ReceiveBuffers>();
  const std::lock_guard<std::mutex> lock(mutex_);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  // Signals are the business of the runtime's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, &IoLoop::main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw SystemError{"pthread_create", error};
  pthread_setname_np(thread_, "rtnl-io");
  epoll_ = std::move(epoll);
  event_ = std::move(event);
  buffers_ = std::move(buffers);
  entered_ = 1;
  joinable_ = true;
  running_ = true;
}

void IoLoop::leave() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  entered_--;
  if (entered_ == 0 && running_) eventfd_write(event_.get(), 1);
}

void IoLoop::reap() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (running_) return;
  }
  join();
}

void IoLoop::stop() noexcept {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    if (running_) eventfd_write(event_.get(), 1);
  }
  join();
}

void IoLoop::join() noexcept {
  if (std::exchange(joinable_, false)) pthread_join(thread_, nullptr);
}

SystemError IoLoop::add(const std::shared_ptr<Channel>& channel, std::weak_ptr<Member>& member) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!running_) return {};
  std::shared_ptr<Member> added;
  try {
    added = std::make_shared<Member>(*this, channel);
    if (members_.size() == members_.capacity()) members_.reserve(2 * members_.size() + 1);
  } catch (const std::bad_alloc&) {
    return {"malloc", ENOMEM};
  }
  if (!watch(*added)) return {"epoll_ctl", errno};
  members_.insert(find(added.get()), added);
  member = added;
  woken_.push(std::move(added));
  if (std::exchange(sleeping_, false)) eventfd_write(event_.get(), 1);
  return {};
}

void IoLoop::remove(Member& member) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = find(&member);
  if (found == members_.end() || found->get() != &member) return;
  // Before the descriptor is closed: a process that was just forked may have a copy, which would keep it here.
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.channel->socket().get(), nullptr);
  members_.erase(found);
}

void IoLoop::wake(const std::shared_ptr<Member>& member) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!running_) return;
  woken_.push(member);
  if (std::exchange(sleeping_, false)) eventfd_write(event_.get(), 1);
}

// Where the member is, or would be.
IoLoop::Members::iterator IoLoop::find(const Member* member) noexcept {
  return std::lower_bound(members_.begin(), members_.end(), member,
                          [](const auto& one, const Member* other) { return one.get() < other; });
}

void* IoLoop::main(void* loop) noexcept {
  IoLoop& self = *static_cast<IoLoop*>(loop);
  self.run();
  self.readyList_->threadEnded();
  return nullptr;
}

void IoLoop::run() noexcept {
  // The thread before may have ended in a hurry.
  hurrying_ = false;
  for (unsigned int round = 0; takeWoken(); round++) {
    if (runnable_.size() == 0) {
      hurry(false);
      sleep();
      endPauses();
    } else if (round % kRounds == 0) {
      // So many rounds take about as long as a pause.
      poll(0);
      endPauses();
    }
    // Each has one step, and goes behind the others if it has more to do.
    for (size_t left = runnable_.size(); left > 0; left--) work(runnable_.pop());
  }
  runnable_.clear();
  paused_.clear();
  buffers_.reset();
}

// Returns false when the thread has to end.
bool IoLoop::takeWoken() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (stopping_ || entered_ == 0) {
    running_ = false;
    epoll_.close();
    event_.close();
    woken_.clear();
    members_.clear();
    return false;
  }
  while (std::shared_ptr<Member> member = woken_.pop()) runnable_.push(std::move(member));
  sleeping_ = runnable_.size() == 0;
  return true;
}

void IoLoop::sleep() noexcept {
  if (paused_.size() == 0) {
    poll(-1);
    return;
  }
  // `epoll_wait` knows milliseconds only.
  pollfd file = {epoll_.get(), POLLIN, 0};
  if (ppoll(&file, 1, &kPause, nullptr) > 0) poll(0);
}

void IoLoop::poll(int timeout) noexcept {
  std::array<epoll_event, 64> events = {};
  const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
  const std::lock_guard<std::mutex> lock(mutex_);
  sleeping_ = false;
  for (int index = 0; index < count; index++) {
    const auto* const member = static_cast<Member*>(events[static_cast<size_t>(index)].data.ptr);
    const auto found = find(member);
    if (found == members_.end() || found->get() != member) continue;
    member->channel->expectInput();
    runnable_.push(*found);
  }
}

void IoLoop::endPauses() noexcept {
  while (std::shared_ptr<Member> member = paused_.pop()) runnable_.push(std::move(member));
}

void IoLoop::work(const std::shared_ptr<Member>& member) noexcept {
  Channel& channel = *member->channel;
  if (!channel.begin(member.get())) return;
  switch (channel.step(*buffers_)) {
    case Channel::Next::Step:
      if (++member->steps == kBusy) disarm(*member);
      runnable_.push(member);
      break;
    case Channel::Next::Input:
      member->steps = 0;
      if (!arm(*member)) {
        // Where the kernel refuses, the queue is looked at after a pause.
        channel.expectInput();
        paused_.push(member);
      }
      break;
    case Channel::Next::Pause:
      member->steps = 0;
      disarm(*member);
      paused_.push(member);
      break;
    case Channel::Next::Room:
    case Channel::Next::Never:
      disarm(*member);
      break;
  }
  if (channel.behind()) hurry(true);
  channel.end();
}

void IoLoop::hurry(bool hurrying) noexcept {
  if (!urgent_ || hurrying_ == hurrying) return;
  // Of this thread alone. Without CAP_SYS_NICE it is refused, and the thread has its share as all others.
  if (hurrying) {
    errno = 0;
    usual_ = getpriority(PRIO_PROCESS, 0);
    // -1 is a nice value too.
    if (errno != 0) return;
  }
  hurrying_ = hurrying;
  setpriority(PRIO_PROCESS, 0, hurrying ? std::min(usual_, kHurry) : usual_);
}

bool IoLoop::arm(Member& member) noexcept {
  // What has arrived is reported at once.
  member.armed = member.armed || watch(member);
  return member.armed;
}

// Returns false, with `errno`, where the kernel refuses.
bool IoLoop::watch(Member& member) noexcept {
  epoll_event wanted = {};
  wanted.events = kArmed;
  wanted.data.ptr = &member;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, member.channel->socket().get(), &wanted) == 0;
}

// A channel that would not read what arrives does not wake the thread either. Without events, but left in `epoll`, it
// would cost whoever queues a message still.
void IoLoop::disarm(Member& member) noexcept {
  if (std::exchange(member.armed, false)) {
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, member.channel->socket().get(), nullptr);
  }
}

}  // namespace rtnl
