// How things of the model are called and written in C++.
//
// Threads: one. Ownership: borrows the File.
//
//   CppNames names(file);
//   names.type(field.type);                            // "std::vector<Heading>"
//   names.literal(field.defaultValue, field.type);     // "std::vector<Heading>{Heading{...}}"
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/compiler/model/model.h"

namespace troop::proxy::compiler {

// Whom C++ is written for: programs that host guests, on //proxy:generated, or guests, on
// sandbox/sdk/cpp. What they see of a schema is the same but for Targets, whose methods wait on a
// host and return Promises in a guest.
enum class CppSide : unsigned char { host, guest };

class CppNames {
 public:
  CppNames(const File& file, CppSide side);

  CppSide side() const { return side_; }
  // The file that is written for a schema, with the suffix of its side: "a/b.troop.h".
  std::string header(const File& file) const;
  std::string source(const File& file) const;

  // The namespace that $Cxx.namespace gives; empty for the global one.
  static std::string namespaceOf(const File& file);

  // A name of the library that the code stands on, findable from the namespace of the file.
  std::string library(std::string_view name) const;

  // A declaration's name in its namespace, where all of them lie side by side: "Outer_Inner". What
  // is nested in another has its own name there as an alias.
  static std::string flat(const Declaration& declaration);
  static std::string scoped(const Declaration& declaration);
  // A name inside the class of a declaration, which cannot be that of the class.
  static std::string alias(std::string_view name, const Declaration& scope);
  // A class that is made for a declaration: "Renderer_Target", "Outer_Pipeline".
  static std::string made(const Declaration& declaration, std::string_view suffix);

  // The same, as it is found from anywhere in the file.
  std::string use(const Declaration& declaration) const;
  std::string use(const Declaration& declaration, std::string_view suffix) const;

  static std::string field(const Field& field, const Struct& structure);
  static std::string member(const Field& field);  // its tag in Which
  static std::string enumerant(const Enumerant& enumerant);
  static std::string method(const Method& method);
  static std::string promise(const Method& method);  // the class of its own, if it has one
  static std::string constant(const Constant& constant);
  static std::string parameter(const Field& field);
  static std::string pipelined(const Field& field, const Struct& structure);

  // A name for a local variable that none of the fields has.
  static std::string local(std::string_view name, const Struct& structure);

  std::string type(const Type& type) const;
  // As it is passed to a method: texts, data and the like by reference.
  std::string parameterType(const Type& type) const;

  std::string literal(const Value& value, const Type& type) const;
  // The same behind "Type name = ", where the type need not be named again.
  std::string initializer(const Value& value, const Type& type) const;
  std::string structLiteral(const Value& value, const Struct& structure) const;
  static std::string textView(const std::string& text);  // for a std::string_view

 private:
  std::string qualified(const Declaration& declaration, const std::string& name) const;
  std::string listLiteral(const Value::List& list, const Type& type) const;

  const File& file_;
  const CppSide side_;
  std::set<std::string> aliases_;  // names that mean something else inside some class of the file
};

}  // namespace troop::proxy::compiler
