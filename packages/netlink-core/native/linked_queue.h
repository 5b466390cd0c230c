// A queue whose links are in its elements: it takes no memory of its own, so that nothing can fail in it.
#pragma once

#include <stddef.h>

#include <memory>
#include <utility>

namespace rtnl {

// What an element needs for a queue that it is in once at most.
template <typename Element>
struct Link {
  std::shared_ptr<Element> next;
  bool queued = false;
};

template <typename Element, Link<Element> Element::*link>
class LinkedQueue {
 public:
  LinkedQueue() = default;
  LinkedQueue(const LinkedQueue&) = delete;
  LinkedQueue& operator=(const LinkedQueue&) = delete;
  ~LinkedQueue() { clear(); }

  size_t size() const noexcept { return size_; }

  // An element that is in the queue stays where it is.
  void push(std::shared_ptr<Element> element) noexcept {
    Element* const added = element.get();
    if (std::exchange((added->*link).queued, true)) return;
    (last_ == nullptr ? first_ : (last_->*link).next) = std::move(element);
    last_ = added;
    size_++;
  }

  // Null when it is empty.
  std::shared_ptr<Element> pop() noexcept {
    std::shared_ptr<Element> element = std::move(first_);
    if (element == nullptr) return nullptr;
    first_ = std::move(((*element).*link).next);
    if (first_ == nullptr) last_ = nullptr;
    ((*element).*link).queued = false;
    size_--;
    return element;
  }

  // One by one: a chain that is dropped as a whole would be destroyed by as many nested calls.
  void clear() noexcept {
    while (pop() != nullptr) continue;
  }

 private:
  std::shared_ptr<Element> first_;
  Element* last_ = nullptr;
  size_t size_ = 0;
};

}  // namespace rtnl
