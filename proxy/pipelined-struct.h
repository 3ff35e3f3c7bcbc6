// A PipelinedStruct is a struct inside results that have not arrived: generated code derives from
// it a class with a function for each capability, and each struct with capabilities, in it.
//
// Ownership: a value; keeps the call that it waits for wanted. Threads: any; nothing waits. Errors:
// calls on what it gives fail as the call fails.
//
//   Document document = store.lookUp("readme").entry().document();
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/capability.h"
#include "proxy/promise.h"

namespace troop::proxy {

class PipelinedStruct {
 public:
  // `path`: the pointer indices that lead to it from the root of the results.
  PipelinedStruct(UntypedPromise promise, std::vector<std::uint16_t> path)
      : promise_(std::move(promise)), path_(std::move(path)) {}

 protected:
  Capability capabilityAt(std::uint16_t pointer) const {
    return promise_.pipeline(pathTo(pointer));
  }

  template <typename Inner>
  Inner structAt(std::uint16_t pointer) const {
    return Inner(promise_, pathTo(pointer));
  }

  // A group lies in the struct that it belongs to.
  template <typename Group>
  Group group() const {
    return Group(promise_, path_);
  }

 private:
  std::vector<std::uint16_t> pathTo(std::uint16_t pointer) const {
    std::vector<std::uint16_t> path = path_;
    path.push_back(pointer);
    return path;
  }

  UntypedPromise promise_;
  std::vector<std::uint16_t> path_;
};

}  // namespace troop::proxy
