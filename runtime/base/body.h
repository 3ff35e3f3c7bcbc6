// A Body is what a Task calls: any callable, moved in, called once, destroyed where it was called.
//
//   std::unique_ptr<Body> body = makeBody([channel = std::move(channel)] { ... });
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "runtime/base/blocks.h"

namespace [[gnu::visibility("hidden")]] troop {

class Body : public InBlock {
 public:
  Body() = default;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  virtual ~Body() = default;
  virtual void run() = 0;
  // Of its own, with what was moved in.
  virtual std::size_t bytes() const noexcept = 0;
};

template <typename Derived>
class BodyOf : public Body {
 public:
  std::size_t bytes() const noexcept final { return sizeof(Derived); }
};

template <typename F>
std::unique_ptr<Body> makeBody(F function) {
  class FunctionBody final : public BodyOf<FunctionBody> {
   public:
    explicit FunctionBody(F&& f) : function_(std::move(f)) {}
    void run() override { function_(); }

   private:
    F function_;
  };
  return std::make_unique<FunctionBody>(std::move(function));
}

}  // namespace troop
