// What the generator would make of this schema, by hand:
//
//   interface Counter {
//     add @0 (number :Int64) -> (sum :Int64);
//     child @1 (name :Text) -> (counter :Counter);
//     wait @2 () -> ();
//   }
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/proxy.h"

namespace troop::proxy::testing {

class Counter : public Proxy {
 public:
  static constexpr std::uint64_t interfaceId = 0xc0c0c0c0c0c0c0c0;

  struct AddResults {
    std::int64_t sum = 0;
    static AddResults read(const StructReader& reader) { return {reader.number<std::int64_t>(0)}; }
  };
  struct ChildResults {
    Capability counter;
    static ChildResults read(const StructReader& reader) { return {reader.capability(0)}; }
  };
  struct WaitResults {
    static WaitResults read(const StructReader&) { return {}; }
  };
  class ChildPromise : public Promise<ChildResults> {
   public:
    using Promise::Promise;
    Counter counter() const;
  };

  using Proxy::Proxy;

  Promise<AddResults> add(std::int64_t number) const {
    MessageBuilder params(1, 0);
    params.root().setNumber(0, number);
    return Promise<AddResults>(send({interfaceId, 0}, std::move(params)));
  }
  ChildPromise child(std::string_view name) const {
    MessageBuilder params(0, 1);
    params.root().setText(0, name);
    return ChildPromise(send({interfaceId, 1}, std::move(params)));
  }
  Promise<WaitResults> wait() const {
    return Promise<WaitResults>(send({interfaceId, 2}, MessageBuilder(0, 0)));
  }

  class Target : public proxy::Target {
   public:
    virtual std::int64_t add(std::int64_t number) = 0;
    virtual Capability child(std::string name) = 0;
    virtual void wait() = 0;

    Message dispatch(MethodId method, const Message& params) override {
      if (method.interfaceId == interfaceId) {
        const StructReader root = params.root();
        switch (method.method) {
          case 0: {
            MessageBuilder results(1, 0);
            results.root().setNumber(0, add(root.number<std::int64_t>(0)));
            return finishResults(std::move(results));
          }
          case 1: {
            MessageBuilder results(0, 1);
            results.root().setCapability(0, child(root.text(0)));
            return finishResults(std::move(results));
          }
          case 2:
            wait();
            return finishResults(MessageBuilder(0, 0));
        }
      }
      throwUnimplemented("Counter", method);
    }
  };
};

inline Counter Counter::ChildPromise::counter() const {
  return Counter(pipeline({0}));
}

}  // namespace troop::proxy::testing
