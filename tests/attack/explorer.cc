#include "tests/attack/explorer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/reader.h"
#include "runtime/error.h"

namespace troop::tests {

namespace {

using proxy::ListReader;
using proxy::StructReader;

// Patient enough to reach limits of depth and traversal, no more: each error costs.
constexpr int visitsMax = 300;
constexpr std::size_t elementsMax = 16;
constexpr std::size_t pointersMax = 8;

class Explorer {
 public:
  template <typename F>
  void attempt(F read) {
    try {
      read();
    } catch (const Error& error) {
      if (error.detail() != ErrorDetail::badMessage) throw;
      faults_.insert(error.reason());
    }
  }

  void visit(const StructReader& reader) {
    if (++visits_ > visitsMax) return;
    for (unsigned i = 0; i < 4; ++i) sum_ += reader.number<std::uint64_t>(i) + reader.boolean(i);
    for (unsigned i = 0; i < std::min(reader.pointers() + 1, pointersMax); ++i) {
      attempt([&] { sum_ += reader.isNull(i); });
      attempt([&] { sum_ += reader.text(i).size(); });
      attempt([&] { sum_ += reader.data(i).size(); });
      attempt([&] { sum_ += reader.capability(i) ? 1 : 0; });
      attempt([&] { visit(reader.structure(i)); });
      attempt([&] { visit(reader.list(i)); });
    }
  }

  void visit(const ListReader& reader) {
    for (std::size_t i = 0; i < std::min(reader.size(), elementsMax); ++i) {
      if (++visits_ > visitsMax) return;
      attempt([&] { sum_ += reader.number<std::uint8_t>(i); });
      attempt([&] { sum_ += reader.number<std::uint64_t>(i); });
      attempt([&] { sum_ += reader.boolean(i); });
      attempt([&] { sum_ += reader.text(i).size(); });
      attempt([&] { sum_ += reader.data(i).size(); });
      attempt([&] { sum_ += reader.capability(i) ? 1 : 0; });
      attempt([&] { visit(reader.structure(i)); });
      attempt([&] { visit(reader.list(i)); });
    }
  }

  // Follows structs and lists of texts alone, as far as the limits of the message itself.
  void exhaust(const StructReader& reader) {
    for (unsigned i = 0; i < std::min(reader.pointers(), pointersMax); ++i) {
      attempt([&] { exhaust(reader.structure(i)); });
      attempt([&] { exhaust(reader.list(i)); });
    }
  }

  void exhaust(const ListReader& reader) {
    for (std::size_t i = 0; i < reader.size(); ++i) sum_ += reader.text(i).size();
  }

  std::set<std::string> takeFaults() { return std::move(faults_); }

 private:
  int visits_ = 0;
  std::set<std::string> faults_;
  std::uint64_t sum_ = 0;  // so that nothing is left out
};

}  // namespace

std::set<std::string> explore(const proxy::Message& message) {
  Explorer explorer;
  explorer.attempt([&] { explorer.visit(message.root()); });
  explorer.attempt([&] { explorer.exhaust(message.root()); });
  for (std::uint16_t i = 0; i < 3; ++i) {
    explorer.attempt([&] { (void)message.capabilityAt(std::vector<std::uint16_t>{i}); });
    explorer.attempt([&] { (void)message.capabilityAt(std::vector<std::uint16_t>{0, i}); });
  }
  return explorer.takeFaults();
}

}  // namespace troop::tests
