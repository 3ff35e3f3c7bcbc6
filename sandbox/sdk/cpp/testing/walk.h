// The same walk through a message by the host's reader and by the guest's, to compare what they
// see.
//
//   Walk(seed).structure(reading.root(), 6);      // "3 text xx"
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace troop::walking {

// Walks a message by a script of random choices, and notes what it sees.
class Walk {
 public:
  explicit Walk(std::uint32_t seed) : random_(seed) {}

  template <typename Struct>
  std::string structure(const Struct& reader, int depth) {
    const unsigned pointer = random_() % 7;
    switch (random_() % 8) {
      case 0:
        return std::to_string(reader.template number<std::uint32_t>(pointer, 5));
      case 1:
        return reader.boolean(pointer * 20) ? "true" : "false";
      case 2:
        return "text " + reader.text(pointer);
      case 3:
        return "data " + std::to_string(reader.data(pointer).size());
      case 4:
        return std::to_string(reader.template number<std::int64_t>(pointer, -1));
      case 5:
        return depth == 0 ? "deep" : structure(reader.structure(pointer), depth - 1);
      default:
        return depth == 0 ? "deep" : list(reader.list(pointer), depth - 1);
    }
  }

  template <typename List>
  std::string list(const List& reader, int depth) {
    const std::string size = std::to_string(reader.size()) + " ";
    if (reader.size() == 0) return size;
    const std::size_t index = random_() % reader.size();
    switch (random_() % 7) {
      case 0:
        return size + std::to_string(reader.template number<std::uint8_t>(index));
      case 1:
        return size + std::to_string(reader.template number<std::uint64_t>(index));
      case 2:
        return size + (reader.boolean(index) ? "true" : "false");
      case 3:
        return size + "text " + reader.text(index);
      case 4:
        return size + "data " + std::to_string(reader.data(index).size());
      case 5:
        return size + (depth == 0 ? "deep" : structure(reader.structure(index), depth - 1));
      default:
        return size + (depth == 0 ? "deep" : list(reader.list(index), depth - 1));
    }
  }

 private:
  std::mt19937 random_;
};

}  // namespace troop::walking
