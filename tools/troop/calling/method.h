// A Method of an interface that a troop serves, for calling it with JSON, without generated code.
//
// Ownership: a value; the Schemas that its interface is from must outlive it. Threads: one at a
// time. Errors: an Error (failed) that says what is wrong in the JSON and where, which methods
// there are, or that results are no message of the schema.
//
//   Schemas schemas;
//   const Method greet(schemas.schema("greeter.capnp", "Greeter").value(), "greet");
//   auto answer = troop.capability().call(greet.id(), greet.params(R"({"name": "world"})"));
#pragma once

#include <capnp/schema.h>

#include <string>
#include <string_view>

#include "proxy/capability.h"
#include "proxy/message.h"

namespace troop::calling {

class Method {
 public:
  // `name` may be of an interface that this one extends.
  Method(capnp::InterfaceSchema interface, std::string_view name);

  proxy::MethodId id() const;

  // Parameters as a JSON object; what is left out has its default. Empty text is an empty object.
  proxy::Message params(std::string_view json) const;

  // Results as one line of JSON, safe to be printed.
  std::string results(const proxy::Message& message) const;

 private:
  capnp::InterfaceSchema::Method method_;
};

}  // namespace troop::calling
