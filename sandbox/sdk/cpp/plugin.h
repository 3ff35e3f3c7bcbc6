// A plugin's beginning: its main object, and what its host granted it.
//
//   class Stats final : public examples::Stats::Target {
//     Parser markdown_ = troop::granted<Parser>("markdown");
//     troop::Promise<CountResults> count(CountParams params) override { ... }
//   };
//   TROOP_PLUGIN(Stats)
#pragma once

#include <memory>
#include <string_view>

#include "sandbox/sdk/cpp/capability.h"
#include "sandbox/sdk/cpp/target.h"

namespace troop::inline guest {

// The capability that the host granted under a name, or null. Known once the main object is made,
// not in static constructors.
Capability findGrant(std::string_view name);

// The same; a plugin that was not granted it ends with a verdict that says so.
Capability granted(std::string_view name);
template <typename P>
P granted(std::string_view name) {
  return P(granted(name));
}

// Registers how the main object is made, when the plugin starts.
class MainObject {
 public:
  using Make = std::shared_ptr<Target> (*)();
  explicit MainObject(Make make);
};

}  // namespace troop::inline guest

// Makes a class, derived from a generated Target, the plugin's main object: what its host and those
// that it is granted to call. Once in a plugin, outside of functions. By `new`: where the class
// lacks a method, compilers say which in three lines, and of std::make_shared() in a hundred.
// NOLINTBEGIN(bugprone-macro-parentheses): a type
#define TROOP_PLUGIN(Class)                         \
  static const ::troop::MainObject troopMainObject( \
      []() -> std::shared_ptr<::troop::Target> { return std::shared_ptr<Class>(new Class); });
// NOLINTEND(bugprone-macro-parentheses)
