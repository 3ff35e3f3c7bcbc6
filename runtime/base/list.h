// A doubly linked list whose links stand in its elements: adding and removing never allocate, so
// they never fail, and an element leaves the middle in constant time.
//
// Ownership: none; an element must leave every list before it dies. Threads: the caller protects
// list and links. An element can be in one list per tag.
//
//   class Task : public ListHook<struct ReadyTag> {...};
//   List<Task, ReadyTag> ready;
//   ready.pushBack(task);
#pragma once

#include <cstddef>

namespace [[gnu::visibility("hidden")]] troop {

template <typename Tag>
class ListHook {
 public:
  constexpr ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;

  bool linked() const noexcept { return next_ != nullptr; }

 private:
  template <typename T, typename OtherTag>
  friend class List;

  ListHook* previous_ = nullptr;
  ListHook* next_ = nullptr;
};

template <typename T, typename Tag>
class List {
 public:
  constexpr List() noexcept { reset(); }
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const noexcept { return head_.next_ == &head_; }
  // Takes the longer the more there are: who asks often has a CountedList.
  std::size_t count() const noexcept {
    std::size_t count = 0;
    for (const Hook* hook = head_.next_; hook != &head_; hook = hook->next_) ++count;
    return count;
  }

  void pushBack(T& element) noexcept {
    Hook& hook = element;
    hook.previous_ = head_.previous_;
    hook.next_ = &head_;
    head_.previous_->next_ = &hook;
    head_.previous_ = &hook;
  }

  // Behind `before`; in front of all where that is null.
  void insertAfter(T* before, T& element) noexcept {
    Hook& previous = before != nullptr ? static_cast<Hook&>(*before) : head_;
    Hook& hook = element;
    hook.previous_ = &previous;
    hook.next_ = previous.next_;
    previous.next_->previous_ = &hook;
    previous.next_ = &hook;
  }

  void remove(T& element) noexcept {
    Hook& hook = element;
    hook.previous_->next_ = hook.next_;
    hook.next_->previous_ = hook.previous_;
    hook.previous_ = hook.next_ = nullptr;
  }

  T* back() const noexcept { return empty() ? nullptr : static_cast<T*>(head_.previous_); }
  T* front() const noexcept { return empty() ? nullptr : static_cast<T*>(head_.next_); }

  // The element after `element`, or null.
  T* after(const T& element) const noexcept {
    const Hook& hook = element;
    return hook.next_ == &head_ ? nullptr : static_cast<T*>(hook.next_);
  }

  // The element before `element`, or null.
  T* before(const T& element) const noexcept {
    const Hook& hook = element;
    return hook.previous_ == &head_ ? nullptr : static_cast<T*>(hook.previous_);
  }

  // The element at `index`, counted from the front.
  T& at(std::size_t index) const noexcept {
    Hook* hook = head_.next_;
    while (index-- > 0) hook = hook->next_;
    return *static_cast<T*>(hook);
  }

  T* popFront() noexcept {
    T* element = front();
    if (element != nullptr) remove(*element);
    return element;
  }

  // Appends all elements of `other`, which is empty afterwards.
  void splice(List& other) noexcept {
    if (other.empty()) return;
    Hook* first = other.head_.next_;
    Hook* last = other.head_.previous_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
    other.reset();
  }

 private:
  using Hook = ListHook<Tag>;

  constexpr void reset() noexcept { head_.previous_ = head_.next_ = &head_; }

  Hook head_;
};

template <typename T, typename Tag>
class CountedList : private List<T, Tag> {
  using Uncounted = List<T, Tag>;

 public:
  using Uncounted::after;
  using Uncounted::back;
  using Uncounted::empty;
  using Uncounted::front;

  std::size_t size() const noexcept { return size_; }

  void pushBack(T& element) noexcept {
    Uncounted::pushBack(element);
    ++size_;
  }
  void remove(T& element) noexcept {
    Uncounted::remove(element);
    --size_;
  }
  T* popFront() noexcept {
    T* element = front();
    if (element != nullptr) remove(*element);
    return element;
  }

 private:
  std::size_t size_ = 0;
};

}  // namespace troop
