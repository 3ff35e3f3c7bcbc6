// A SharedMap is a hash table that Threads read and change at once; each call is one step. What it
// gives out are copies: a Frozen or a Text costs no more than a reference.
//
// Ownership: copies of a SharedMap share one table; one that holds itself stays. Threads: any;
// nothing waits. Limits: each entry is paid for by the troop that put it there, until it is gone.
// Fails: what adds an entry throws Error (overloaded, memory) where the troop cannot pay, and
// nothing has changed. Misuse: two calls are two steps: what replaces a value by one that depends
// on it is replace(), again where it fails.
//
//   SharedMap<Text, Frozen<Page>> pages = SharedMap<Text, Frozen<Page>>::make();
//   pages.put("/index.html", page);
//   if (std::optional<Frozen<Page>> page = pages.get(path)) render(*page);
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/budget.h"
#include "runtime/heap/charge-caller.h"
#include "runtime/ref.h"
#include "runtime/sendable.h"
#include "runtime/sharing/freezable.h"
#include "runtime/sharing/shared-block.h"

namespace [[gnu::visibility("hidden")]] troop {

template <typename Key, typename Value>
class SharedMap {
 public:
  static SharedMap make() {
    static_assert(Sendable<Key> && Sendable<Value>,
                  "keys and values of a SharedMap are Sendable, for every Thread gets copies: see "
                  "runtime/sendable.h");
    return SharedMap(makeRef<Table>());
  }

  std::optional<Value> get(const Key& key) const {
    Part& part = partOf(key);
    std::lock_guard lock(part.mutex);
    const auto found = part.entries.find(key);
    if (found == part.entries.end()) return std::nullopt;
    return found->second.value;
  }
  bool contains(const Key& key) const {
    Part& part = partOf(key);
    std::lock_guard lock(part.mutex);
    return part.entries.contains(key);
  }

  // Sets what stands at `key`; what stood there before.
  std::optional<Value> put(const Key& key, Value value) const {
    Entry entry = newEntry(key, std::move(value));
    Part& part = partOf(key);
    std::unique_lock lock(part.mutex);
    const auto [place, isNew] = part.entries.try_emplace(key, std::move(entry));
    if (isNew) return std::nullopt;
    std::swap(place->second, entry);  // NOLINT(bugprone-use-after-move): it was not moved from
    lock.unlock();
    return std::move(entry.value);
  }

  // Puts `value` where nothing stands; false otherwise.
  bool insert(const Key& key, Value value) const {
    Entry entry = newEntry(key, std::move(value));
    Part& part = partOf(key);
    std::lock_guard lock(part.mutex);
    return part.entries.try_emplace(key, std::move(entry)).second;
  }

  // Puts `value` where `expected` stands; false otherwise.
  bool replace(const Key& key, const Value& expected, Value value) const {
    Entry entry = newEntry(key, std::move(value));
    Part& part = partOf(key);
    std::lock_guard lock(part.mutex);
    const auto found = part.entries.find(key);
    if (found == part.entries.end() || !(found->second.value == expected)) return false;
    std::swap(found->second, entry);
    return true;
  }

  // Takes away what stands at `key`.
  std::optional<Value> remove(const Key& key) const {
    Part& part = partOf(key);
    std::unique_lock lock(part.mutex);
    auto node = part.entries.extract(key);
    lock.unlock();
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped().value);
  }

  // Of one part after another: what is put or taken away meanwhile may be in it or not.
  std::vector<std::pair<Key, Value>> entries() const {
    std::vector<std::pair<Key, Value>> copies;
    for (Part& part : table_->parts) {
      std::lock_guard lock(part.mutex);
      for (const auto& [key, entry] : part.entries) copies.emplace_back(key, entry.value);
    }
    return copies;
  }
  std::size_t size() const {
    std::size_t size = 0;
    for (Part& part : table_->parts) {
      std::lock_guard lock(part.mutex);
      size += part.entries.size();
    }
    return size;
  }

 private:
  struct Entry {
    Value value;
    Charge charge;
  };
  // Threads that use different keys mostly meet in different parts.
  struct alignas(64) Part {
    std::mutex mutex;
    std::unordered_map<Key, Entry> entries;  // protected by mutex
  };
  struct Table final : RefCounted {
    static constexpr std::size_t partsCount = 16;
    std::array<Part, partsCount> parts;
  };

  explicit SharedMap(Ref<Table> table) noexcept : table_(std::move(table)) {}

  Part& partOf(const Key& key) const {
    // The table of a part uses the low bits again; these are other ones.
    const std::size_t mixed = std::hash<Key>()(key) * 0x9e3779b97f4a7c15;
    return table_->parts[(mixed >> 32) % Table::partsCount];
  }

  static Entry newEntry(const Key& key, Value value) {
    constexpr std::size_t nodeBytes = sizeof(std::pair<const Key, Entry>) + 4 * sizeof(void*);
    Charge charge = chargeCaller(nodeBytes + ownedBytes(key) + ownedBytes(value));
    return Entry{std::move(value), std::move(charge)};
  }

  Ref<Table> table_;
};

template <typename Key, typename Value>
struct IsSendable<SharedMap<Key, Value>> : std::true_type {};
template <typename Key, typename Value>
struct IsFreezable<SharedMap<Key, Value>> : std::true_type {};

}  // namespace troop
