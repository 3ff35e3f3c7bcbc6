// A SchemaModel is the Model of a schema that a test writes down: what the schema compiler's tool
// says of it, read as capnpc-troop reads it.
//
// Ownership: it owns the Model. Threads: one test at a time. Errors: what the tool refuses is a
// failure of the test; what the Model cannot express is in errors(). Misuse: asking for what the
// schema does not declare throws std::out_of_range.
//
//   const SchemaModel schema("struct Point { x @0 :Int32; }");
//   EXPECT_EQ(schema.structure("Point").fields[0].name, "x");
#pragma once

#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

class SchemaModel {
 public:
  // The text of main.capnp, without its id, whose second line it begins on; and files beside it,
  // by name.
  explicit SchemaModel(std::string_view text, const std::map<std::string, std::string>& more = {});
  ~SchemaModel();

  const File& file() const { return *model_.requestedFiles.at(0); }
  const Struct& structure(std::string_view path) const { return declared<Struct>(path); }
  const Interface& interface(std::string_view path) const { return declared<Interface>(path); }
  const Enum& enumeration(std::string_view path) const { return declared<Enum>(path); }
  const Constant& constant(std::string_view path) const { return declared<Constant>(path); }
  const Field& field(std::string_view structurePath, std::string_view name) const;
  const Method& method(std::string_view interfacePath, std::string_view name) const;

  // A line each, as users see them.
  const std::string& errors() const { return errors_; }
  capnp::schema::CodeGeneratorRequest::Reader request() const;

 private:
  template <typename T>
  const T& declared(std::string_view path) const;

  std::unique_ptr<capnp::MessageReader> request_;
  Model model_;
  std::string errors_;
};

}  // namespace troop::proxy::compiler
