// How things of the model are called in a JavaScript module, and what it imports.
//
// Threads: one. Ownership: borrows the File.
//
//   JsNames names(file);
//   names.use(*field.type.structure);     // "Point", and it is imported if it is another file's
#pragma once

#include <map>
#include <set>
#include <string>

#include "proxy/compiler/model/model.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {

class JsNames {
 public:
  explicit JsNames(const File& file) : file_(file) {}

  // The name that a declaration is exported by from the module of its file.
  static std::string exported(const Declaration& declaration);
  // Its name among the members of what it is declared in.
  static std::string nested(const Declaration& declaration);
  static std::string field(const Field& field, const Struct& structure);
  static std::string method(const Method& method);
  static std::string pipelined(const Field& field, const Struct& structure);

  // The name of a declaration of this file, or of another, which is then imported.
  std::string use(const Declaration& declaration);
  // Something that the module "troop" exports.
  void useOfTroop(const std::string& name) { fromTroop_.insert(name); }

  // Imports what has been used.
  void writeImports(Writer& writer) const;

 private:
  bool isFree(const std::string& name) const;

  const File& file_;
  std::set<std::string> fromTroop_;
  std::map<const Declaration*, std::string> imported_;  // and what it is called here
  std::set<std::string> importedNames_;
};

}  // namespace troop::proxy::compiler
