// Copies what a pointer leads to from a message that is read into one that is built, whatever its
// type is: with the checks, and at the cost, of reading it.
//
// Threads: one. Errors: what is malformed is a fault of the Reading, and null in the copy.
//
//   PointerCopy::copy(reader, 2, building, word);
#pragma once

#include <cstddef>
#include <cstdint>

#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/encoding/reader.h"

namespace troop::inline guest {

struct PointerCopy {
  // Sets the null pointer at `word` to a copy of what `pointer` of `from` leads to.
  static void copy(const StructReader& from, unsigned pointer, Building& to, std::size_t word);

  // What lies at a place of the Reading, and how deep.
  struct Source {
    Reading& reading;
    std::uint32_t segment;
    std::int64_t place;
    unsigned depth;
  };

 private:
  static void copy(const Source& from, Building& to, std::size_t word);
  static void copyStructure(const Source& from, Building& to, std::size_t word);
  static void copyList(const Source& from, std::uint32_t elementSize, Building& to,
                       std::size_t word);
  static void copyElements(const ListReader& from, Building& to, std::size_t begin);
};

}  // namespace troop::inline guest
