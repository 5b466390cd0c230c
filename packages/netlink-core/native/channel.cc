#include "channel.h"

#include <errno.h>
#include <sys/socket.h>

#include <limits>
#include <new>
#include <utility>

#include "io_loop.h"
#include "ready_list.h"

namespace rtnl {

namespace {

// So many datagrams between two looks at an empty queue are a flood. While it lasts, the queue is looked at after a
// pause and not for each datagram: to wake a thread costs the kernel more than to queue a message, and whoever makes
// the changes waits for that.
constexpr uint64_t kFlood = 16;

// Looks at the queue of a flood for which JavaScript is woken once, so every millisecond or two: that costs it as much
// as a few dozen changes do.
constexpr unsigned int kQuietLooks = 5;

// Twenty times what comes during such a pause, and a hundredth of what the kernel's queue holds by default.
constexpr uint64_t kBehind = 1000;

}  // namespace

Channel::Channel(Descriptor socket, size_t pendingLimit)
    : socket_(std::move(socket)), inbox_(pendingLimit), receiver_(socket_, inbox_) {}

void Channel::start(IoLoop& loop, std::shared_ptr<ReadyList> readyList, std::shared_ptr<ChunkPool> chunks,
                    const Napi::FunctionReference& readable) {
  readyList_ = std::move(readyList);
  inbox_.use(std::move(chunks));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const SystemError failure = loop.add(shared_from_this(), member_); failure.error != 0) {
    throw SystemError(failure);
  }
  readable_ = &readable;
  loop_ = &loop;
}

void Channel::moveTo(IoLoop& loop) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (loop_ == nullptr || loop_ == &loop) return;
  loop_ = &loop;
  if (!busy_) leave();
}

void Channel::close() {
  readable_ = nullptr;
  const std::lock_guard<std::mutex> lock(mutex_);
  loop_ = nullptr;
  // A deque that is assigned takes memory first.
  commands_.clear();
  commands_.shrink_to_fit();
  if (!busy_) leave();
}

bool Channel::begin(const Member* member) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (loop_ == nullptr || busy_ || member_.lock().get() != member) return false;
  busy_ = true;
  return true;
}

void Channel::end() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  busy_ = false;
  leave();
}

// The loop where the channel is, if it is to be elsewhere by now.
void Channel::leave() noexcept {
  if (const std::shared_ptr<Member> member = member_.lock()) {
    if (&member->loop == loop_) return;
    member->loop.remove(*member);
    member_.reset();
    if (loop_ != nullptr) {
      if (const SystemError failure = loop_->add(shared_from_this(), member_); failure.error != 0) fail(failure.error);
    }
  }
  if (loop_ == nullptr) release();
}

void Channel::release() noexcept {
  socket_.close();
  inbox_.clear();
}

void Channel::send(std::vector<uint8_t> bytes, int64_t token) { enqueue({Operation::Send, token, std::move(bytes)}); }

void Channel::sync(int64_t token) { enqueue({Operation::Sync, token, {}}); }

void Channel::enqueue(Command command) {
  const std::lock_guard<std::mutex> lock(mutex_);
  commands_.push_back(std::move(command));
  wakeThread();
}

void Channel::wake() {
  const std::lock_guard<std::mutex> lock(mutex_);
  wakeThread();
}

// Where it is, even if it is to be elsewhere: it may be sent back before its thread has noticed. Whoever gets it looks
// at it anyway.
void Channel::wakeThread() noexcept {
  if (const std::shared_ptr<Member> member = member_.lock()) member->loop.wake(member);
}

bool Channel::next(Command& command) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (commands_.empty()) return false;
  command = std::move(commands_.front());
  commands_.pop_front();
  return true;
}

Channel::Next Channel::step(ReceiveBuffers& buffers) noexcept {
  if (broken_) return Next::Never;
  try {
    if (inbox_.full()) {
      // Commands wait too: their answers could not be received.
      announce();
      return Next::Room;
    }
    if (draining_) {
      const Next next = receive(buffers);
      if (draining_ && receiver_.taken() >= drainUntil_) reachFence();
      return next;
    }
    if (next(current_)) {
      execute();
      return Next::Step;
    }
    if (input_) return receive(buffers);
    if (!flooded_) return Next::Input;
    // A command ends the pause.
    input_ = true;
    return Next::Pause;
  } catch (const std::bad_alloc&) {
    fail(ENOMEM);
    return Next::Never;
  }
}

bool Channel::behind() const { return receiver_.counters().datagrams - emptyAt_ >= kBehind; }

void Channel::execute() {
  if (current_.operation == Operation::Send) {
    const ssize_t sent =
        retrying([&] { return ::send(socket_.get(), current_.bytes.data(), current_.bytes.size(), 0); });
    if (sent < 0) {
      inbox_.mark(Kind::SendFailed, current_.token, errno);
    } else {
      inbox_.settle(current_.token);
    }
    current_.bytes = {};
  }
  // The kernel's account of the queue includes its overhead. So when as many bytes were taken, all that was queued
  // now was among them. This ends a drain that a flood of new messages would make endless. It holds after an overrun
  // as well: until the queue is empty, the kernel adds nothing to it.
  draining_ = true;
  try {
    drainUntil_ = receiver_.taken() + memoryInfoOf(socket_).queued;
  } catch (const SystemError&) {
    // Without the account only an empty queue ends it.
    drainUntil_ = std::numeric_limits<uint64_t>::max();
  }
}

Channel::Next Channel::receive(ReceiveBuffers& buffers) {
  switch (receiver_.receive(buffers)) {
    case Receiver::Outcome::Some:
      break;
    case Receiver::Outcome::Complete:
      announce();
      break;
    case Receiver::Outcome::Empty:
      input_ = false;
      quietLooks_ = flooded_ ? (quietLooks_ + 1) % kQuietLooks : 0;
      flooded_ = receiver_.counters().datagrams - emptyAt_ >= kFlood;
      emptyAt_ = receiver_.counters().datagrams;
      if (draining_) reachFence();
      // After the last look of a flood, which finds little, nothing is held back.
      if (!flooded_ || quietLooks_ == 0) announce();
      break;
    case Receiver::Outcome::Failed:
      broken_ = true;
      announce();
      return Next::Never;
  }
  return Next::Step;
}

void Channel::reachFence() {
  draining_ = false;
  if (current_.operation == Operation::Sync) inbox_.mark(Kind::Sync, current_.token);
  announce();
}

void Channel::fail(int error) noexcept {
  broken_ = true;
  inbox_.fail(error);
  announce();
}

void Channel::announce() noexcept {
  if (inbox_.announce()) readyList_->add(shared_from_this());
}

}  // namespace rtnl
