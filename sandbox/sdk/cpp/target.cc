#include "sandbox/sdk/cpp/target.h"

#include <unordered_map>

#include "sandbox/sdk/cpp/imports.h"

namespace troop::inline guest {
namespace {

struct Object {
  std::shared_ptr<Target> target;
  unsigned serves = 0;
};

struct Table {
  std::shared_ptr<Target> main;
  std::unordered_map<std::uint32_t, Object> objects;
  std::uint32_t last = TROOP_ABI_MAIN_OBJECT;

  std::uint32_t unusedNumber() {
    do {
      ++last;
    } while (last == TROOP_ABI_MAIN_OBJECT || objects.contains(last));
    return last;
  }
};

Table& table() {
  static Table table;
  return table;
}

}  // namespace

void Objects::setMain(std::shared_ptr<Target> main) {
  if (table().main != nullptr) endPlugin("the plugin has two main objects");
  table().main = std::move(main);
}

std::shared_ptr<Target> Objects::find(std::uint32_t number) {
  if (number == TROOP_ABI_MAIN_OBJECT) return table().main;
  const auto found = table().objects.find(number);
  return found == table().objects.end() ? nullptr : found->second.target;
}

// However often it is served, it keeps one number: its identity.
Capability Objects::serve(std::shared_ptr<Target> target) {
  if (target == nullptr) return Capability();
  const bool isMain = target == table().main;
  const bool isNew = !isMain && target->number_ == 0;
  const std::uint32_t number = isMain  ? TROOP_ABI_MAIN_OBJECT
                               : isNew ? table().unusedNumber()
                                       : target->number_;
  const std::int32_t handle = troop_host_serve(number);
  if (handle < 0) {
    return Capability::broken(Error(ErrorKind::overloaded, "no room for another capability",
                                    ErrorDetail::quota, Executed::no));
  }
  if (!isMain) {
    target->number_ = number;
    Object& object = table().objects[number];
    ++object.serves;
    object.target = std::move(target);
  }
  return Capability::ofHandle(static_cast<std::uint32_t>(handle));
}

void Objects::released(std::uint32_t number) {
  const auto found = table().objects.find(number);
  if (found == table().objects.end() || --found->second.serves != 0) return;
  // What it holds may be given back while it is destroyed: it is out of the table before.
  const std::shared_ptr<Target> target = std::move(found->second.target);
  target->number_ = 0;
  table().objects.erase(found);
}

Capability serve(std::shared_ptr<Target> target) {
  return Objects::serve(std::move(target));
}

}  // namespace troop::inline guest
