#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>

#include <new>
#include <utility>

namespace rtnl {

namespace {

constexpr size_t kStack = 256 * 1024;

// So many datagrams between two looks at an empty queue are a flood. While it lasts, the queue is looked at after a
// pause and not for each datagram: to wake a thread costs the kernel more than to queue a message, and whoever makes
// the changes waits for that.
constexpr uint64_t kFlood = 16;
constexpr timespec kPause = {0, 200 * 1000};

}  // namespace

Worker::Worker(const Descriptor& socket, size_t pendingLimit)
    : socket_(socket), event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), inbox_(pendingLimit), receiver_(socket, inbox_) {
  if (event_.get() < 0) throw SystemError{"eventfd", errno};
}

void Worker::start(std::function<bool()> readable) {
  readable_ = std::move(readable);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack);
  // Signals are the business of the runtime's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = pthread_create(&thread_, &attributes, &Worker::main, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (error != 0) throw SystemError{"pthread_create", error};
  started_ = true;
  running_ = true;
}

void Worker::stop() {
  if (running_) {
    stopping_ = true;
    wake();
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  event_.close();
  receiver_.release();
  inbox_.clear();
  const std::lock_guard<std::mutex> lock(mutex_);
  commands_ = {};
}

void Worker::send(std::vector<uint8_t> bytes, int64_t token) { enqueue({Step::Send, token, std::move(bytes)}); }

void Worker::sync(int64_t token) { enqueue({Step::Sync, token, {}}); }

void Worker::enqueue(Command command) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    commands_.push_back(std::move(command));
  }
  wake();
}

bool Worker::next(Command& command) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (commands_.empty()) return false;
  command = std::move(commands_.front());
  commands_.pop_front();
  return true;
}

void Worker::wake() { eventfd_write(event_.get(), 1); }

void* Worker::main(void* worker) {
  Worker* self = static_cast<Worker*>(worker);
  pthread_setname_np(pthread_self(), "rtnl-socket");
  try {
    self->run();
  } catch (const std::bad_alloc&) {
    self->inbox_.fail(ENOMEM);
    self->announce();
  }
  return nullptr;
}

void Worker::run() {
  while (!stopping_) {
    if (inbox_.full()) {
      // Commands wait too: their answers could not be received.
      announce();
      wait(false);
    } else if (draining_) {
      receive();
      if (draining_ && receiver_.taken() >= drainUntil_) reachFence();
    } else if (next(current_)) {
      execute();
    } else if (input_) {
      receive();
    } else {
      wait(true);
    }
  }
}

void Worker::execute() {
  if (current_.step == Step::Send) {
    ssize_t sent;
    do {
      sent = ::send(socket_.get(), current_.bytes.data(), current_.bytes.size(), 0);
    } while (sent < 0 && errno == EINTR);
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
  drainUntil_ = receiver_.taken() + memoryInfoOf(socket_).queued;
}

void Worker::receive() {
  switch (receiver_.receive()) {
    case Receiver::Outcome::Some:
      break;
    case Receiver::Outcome::Complete:
      announce();
      break;
    case Receiver::Outcome::Empty:
      input_ = false;
      flooded_ = receiver_.counters().datagrams - emptyAt_ >= kFlood;
      emptyAt_ = receiver_.counters().datagrams;
      if (draining_) reachFence();
      announce();
      break;
    case Receiver::Outcome::Failed:
      stopping_ = true;
      announce();
      break;
  }
}

void Worker::reachFence() {
  draining_ = false;
  if (current_.step == Step::Sync) inbox_.mark(Kind::Sync, current_.token);
  announce();
}

void Worker::announce() {
  // After `false` the reader's side may be gone: it is not called again.
  if (readable_ && inbox_.announce() && !readable_()) readable_ = nullptr;
}

void Worker::wait(bool forInput) {
  pollfd files[] = {{event_.get(), POLLIN, 0}, {socket_.get(), POLLIN, 0}};
  if (forInput && flooded_) {
    // A command ends the pause.
    input_ = true;
    if (ppoll(files, 1, &kPause, nullptr) <= 0) return;
  } else if (poll(files, forInput ? 2 : 1, -1) <= 0) {
    return;
  }
  if (files[0].revents != 0) {
    eventfd_t ignored;
    eventfd_read(event_.get(), &ignored);
  }
  if (files[1].revents != 0) input_ = true;
}

}  // namespace rtnl
