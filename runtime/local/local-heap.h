// The objects of one Thread that Locals refer to, and the collector of their circles.
//
// An object is destroyed when its last Local is gone, at once. Objects that refer to each other in
// a circle never get there, so each that loses a Local and has others left is suspected. A
// collection, by trial deletion (Bacon and Rajan, ECOOP 2001; synchronous, for nobody else touches
// the objects of a Thread):
//
//   1. visits all that can be reached from what is suspected, and counts for each how many of its
//      Locals are in what was visited
//   2. those with others live, and so does all that is reached from them
//   3. the rest is garbage: it is marked as dead, all of it, and only then destroyed
//
// It needs no memory and no stack, whatever the shape: links stand in the objects. What it visits
// is paid for by what was suspected: the next one begins when as many are suspected as this one has
// visited.
//
// Ownership: its Thread's, and that of its objects. Threads: its own. Misuse: a trace() that tells
// a Local twice ends the program; one that leaves a Local out keeps what that refers to for ever.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/base/list.h"
#include "runtime/base/slice-end.h"
#include "runtime/budget.h"
#include "runtime/ref.h"

namespace [[gnu::visibility("hidden")]] troop {

class LocalHeap;
class LocalTracer;
class Thread;

// What Locals refer to: a count and a value.
class LocalObject : public ListHook<struct SuspectTag>  // of its heap
{
 public:
  LocalObject(const LocalObject&) = delete;
  LocalObject& operator=(const LocalObject&) = delete;

  void add() noexcept;
  void drop() noexcept;

  // False once it is being destroyed.
  bool lives() const noexcept { return !dead_; }

 protected:
  enum class Traced : unsigned char { no, yes };

  // Charged to the troop of the heap's Thread; throws Error (overloaded, memory).
  LocalObject(LocalHeap& heap, Traced traced, std::size_t bytes);
  virtual ~LocalObject();

 private:
  friend class LocalHeap;
  friend class LocalTracer;

  virtual void trace(LocalTracer& tracer) const noexcept = 0;
  // The object stays, without it.
  virtual void destroyValue() noexcept = 0;

  LocalHeap& heap_;
  const std::size_t bytes_;
  std::uint32_t count_ = 1;  // of Locals
  std::uint32_t inner_ = 0;  // of them in what a collection has visited
  const Traced traced_;
  bool dead_ = false;
  bool visited_ = false;             // by the collection that runs, and not known to live
  LocalObject* next_ = nullptr;      // of those visited, or to be destroyed
  LocalObject* nextLive_ = nullptr;  // of those that live and whose parts were not looked at
};

class LocalHeap final : public SliceEnd {
 public:
  // Of the calling Thread; throws Error (failed) where there is none.
  static LocalHeap& ofCaller();

  explicit LocalHeap(Thread& thread);

  // Destroys what only refers to itself; how many objects that were.
  std::size_t collect() noexcept;

  void sliceEnds() noexcept override;
  void threadEnds() noexcept override;

 private:
  friend class LocalObject;
  friend class LocalTracer;
  ~LocalHeap() override = default;

  void checkThread() const noexcept;
  void objectBegins(std::size_t bytes);
  void objectEnds(std::size_t bytes) noexcept;
  // It lost a Local and has others.
  void suspect(LocalObject& object) noexcept;
  // It lost its last one.
  void unreferenced(LocalObject& object) noexcept;
  void destroyUnreferenced() noexcept;

  // The steps of a collection.
  void visitSuspects() noexcept;
  void visit(LocalObject& object) noexcept;
  void countInner(LocalObject& object) noexcept;
  void keepLive() noexcept;
  void keep(LocalObject& object) noexcept;
  std::size_t destroyGarbage() noexcept;

  const Thread* thread_;  // null once it has ended
  const Ref<Budget> memory_;
  std::size_t objects_ = 0;  // while there are some they keep the heap
  CountedList<LocalObject, SuspectTag> suspects_;
  std::size_t suspectsMax_;
  LocalObject* unreferenced_ = nullptr;
  bool destroys_ = false;  // somebody does, and will find what becomes unreferenced meanwhile
  bool collects_ = false;
  LocalObject* firstVisited_ = nullptr;
  LocalObject* lastVisited_ = nullptr;
  std::size_t visited_ = 0;
  LocalObject* live_ = nullptr;
};

inline void LocalObject::drop() noexcept {
  if (--count_ == 0) {
    heap_.unreferenced(*this);
  } else if (traced_ == Traced::yes && !linked()) {
    heap_.suspect(*this);
  }
}

}  // namespace troop
