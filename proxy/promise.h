// A Promise is a typed Answer: what a proxy's method returns at once, and where its results arrive.
//
// Ownership: a value; copies share the call, and dropping the last of them cancels it unless calls
// are pipelined on it. Threads: any; get() waits, in a Task or on an OS thread. Errors: get() gives
// what the callee threw, with its kind; after `timeout` it cancels and gives overloaded/deadline.
// Misuse: get() inside a callback.
//
//   auto reply = renderer.render("# hi").get(100ms);
//   if (reply) std::puts(reply->html.c_str());
//   else std::puts(reply.error().what());
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "proxy/answer.h"
#include "proxy/capability.h"
#include "proxy/reader.h"
#include "runtime/error.h"
#include "runtime/sendable.h"
#include "runtime/time.h"

namespace troop::proxy {

// What Promises of all types have in common.
class UntypedPromise {
 public:
  explicit UntypedPromise(Ref<Answer> answer) : interest_(std::move(answer)) {}

  bool ready() const noexcept { return answer()->settled(); }
  // See Answer::onSettled.
  void onSettled(std::function<void()> callback) const { answer()->onSettled(std::move(callback)); }
  void cancel() const noexcept;
  Capability pipeline(std::vector<std::uint16_t> path) const {
    return answer()->pipeline(std::move(path));
  }
  const Ref<Answer>& answer() const noexcept { return interest_.answer(); }

 protected:
  // Waits, and charges the results to the caller; cancels at the end of `timeout`.
  Expected<const Message*> await(Duration timeout) const;

  // Calls `read`; what it throws becomes an error.
  static std::optional<Error> reading(const std::function<void()>& read);

 private:
  Interest interest_;
};

// T: a generated struct of results, with `static T read(const StructReader&)`.
template <typename T>
class Promise : public UntypedPromise {
 public:
  using UntypedPromise::UntypedPromise;

  Expected<T> get(Duration timeout = forever) const {
    Expected<const Message*> message = await(timeout);
    if (message.failed()) return std::move(message).error();
    std::optional<T> results;
    std::optional<Error> error = reading([&] { results.emplace(T::read((*message)->root())); });
    if (error) return *std::move(error);
    return *std::move(results);
  }
};

// A struct inside results that have not arrived: generated code derives from it a class with a
// function for each capability, and each struct with capabilities, in it. It keeps the call that it
// waits for wanted; calls on what it gives fail as the call fails.
//
//   Document document = store.lookUp("readme").entry().document();
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

template <std::derived_from<troop::proxy::UntypedPromise> T>
struct troop::IsSendable<T> : std::true_type {};
