// The changes of a file or a directory that need not be on the disk, in order.
//
// Each has a number, in the order of all changes of its machine. One that a sync has reached is on
// the disk for good; one whose sync failed is there or not, whatever is synced later.
//
// Ownership: what they change. Threads: the one that simulates. Limits: so many; of more, the first
// one is on the disk, as systems write back what is old.
//
//   Unsynced<Change> changes;
//   changes.add(number, change, intoStored);
//   changes.sync(number, intoStored);               // calls intoStored(change) in order
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

template <typename Change>
class Unsynced {
 public:
  static constexpr std::size_t most = 1024;

  enum class State : unsigned char { waiting, givenUp, synced };

  template <typename Store>
  void add(std::uint64_t number, Change change, Store&& store, State state = State::waiting) {
    changes_.push_back({number, state, std::move(change)});
    if (changes_.size() > most) {
      changes_.front().state = State::synced;
      storeFirst(store);
    }
  }

  // Those up to `last` are on the disk.
  template <typename Store>
  void sync(std::uint64_t last, Store&& store) {
    mark(last, State::synced);
    storeFirst(store);
  }

  // Those up to `last` are there or not.
  void giveUp(std::uint64_t last) { mark(last, State::givenUp); }

  void appendNumbers(std::vector<std::uint64_t>& numbers) const {
    for (const Entry& entry : changes_) {
      if (entry.state != State::synced) numbers.push_back(entry.number);
    }
  }

  // Calls visit(number, change, whether it is on the disk) for each, in order.
  template <typename Visit>
  void forEach(Visit&& visit) const {
    for (const Entry& entry : changes_) {
      visit(entry.number, entry.change, entry.state == State::synced);
    }
  }

  // Takes all of them, in order: take(number, change, whether it is on the disk).
  template <typename Take>
  void settle(Take&& take) {
    for (Entry& entry : changes_) take(entry.number, entry.change, entry.state == State::synced);
    changes_.clear();
  }

 private:
  struct Entry {
    std::uint64_t number;
    State state;
    Change change;
  };

  void mark(std::uint64_t last, State state) {
    for (Entry& entry : changes_) {
      if (entry.number <= last && entry.state == State::waiting) entry.state = state;
    }
  }

  template <typename Store>
  void storeFirst(Store&& store) {
    while (!changes_.empty() && changes_.front().state == State::synced) {
      store(changes_.front().change);
      changes_.pop_front();
    }
  }

  std::deque<Entry> changes_;
};

}  // namespace sim
}  // namespace troop
