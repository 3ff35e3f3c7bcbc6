#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "proxy/compiler/cpp/parts.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/output-file.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {
namespace {

using Kind = Type::Kind;

class HeaderEmitter {
 public:
  HeaderEmitter(const CppNames& names, const File& file) : file_(file), names_(names) {}

  std::string emit() {
    out_.line("// {}", origin(file_));
    if (!file_.documentation.empty()) out_.line("//");
    documentation(file_.documentation);
    out_.line("#pragma once");
    emitIncludes();
    const std::string space = CppNames::namespaceOf(file_);
    if (!space.empty()) {
      out_.gap();
      out_.line("namespace {} {{", space);
      out_.line();
    }
    emitForward();
    for (const Enum* enumeration : file_.enums) emitEnum(*enumeration);
    for (const Interface* interface : file_.interfaces) emitProxy(*interface);
    for (const Struct* structure : file_.structs) emitStruct(*structure);
    for (const Constant* constant : file_.constants) {
      if (constant->parent == nullptr) emitConstant(*constant, "inline ", "");
    }
    for (const Struct* structure : file_.structs) emitPipeline(*structure);
    for (const Interface* interface : file_.interfaces) {
      for (const Method& method : interface->methods) emitPromise(method);
      emitTarget(*interface);
    }
    if (!space.empty()) {
      out_.gap();
      out_.line("}}  // namespace {}", space);
    }
    return out_.text();
  }

 private:
  void documentation(std::string_view text) {
    for (std::string line : linesOf(text)) {
      // A backslash at its end would make the next line a comment too, and so would the trigraph.
      if (line.ends_with('\\')) line += '.';
      for (std::size_t at = 0; (at = line.find("??", at)) != std::string::npos;) {
        line.insert(++at, " ");
      }
      if (line.empty()) {
        out_.line("//");
      } else {
        out_.comment("//", line);
      }
    }
  }

  void emitIncludes() {
    out_.gap();
    std::set<std::string> headers = {"bit",    "cstddef",     "cstdint", "limits", "span",
                                     "string", "string_view", "utility", "vector"};
    if (isGuest()) headers.insert({"concepts", "memory"});
    for (const std::string& header : headers) out_.line("#include <{}>", header);
    out_.gap();
    for (const File* import : file_.imports) {
      out_.line("#include \"{}\"", names_.header(*import));
    }
    if (isGuest()) {
      out_.line("#include \"sandbox/sdk/cpp/troop.h\"");
      return;
    }
    for (const char* header : {"proxy.h", "values.h"}) {
      out_.line("#include \"proxy/{}\"", header);
    }
  }

  void emitForward() {
    out_.gap();
    for (const Struct* structure : file_.structs)
      out_.line("struct {};", CppNames::flat(*structure));
    for (const Struct* structure : file_.structs) {
      if (!cppHasPipeline(*structure)) continue;
      out_.line("class {};", CppNames::made(*structure, "Pipeline"));
    }
    for (const Interface* interface : file_.interfaces) {
      out_.line("class {};", CppNames::flat(*interface));
      for (const Method& method : interface->methods) {
        if (!method.results->pipelined) continue;
        out_.line("class {};", CppNames::promise(method));
      }
      out_.line("class {};", CppNames::made(*interface, "Target"));
    }
  }

  void emitEnum(const Enum& enumeration) {
    out_.gap();
    documentation(enumeration.documentation);
    out_.line("enum class {} : std::uint16_t {{", CppNames::flat(enumeration));
    {
      Writer::Indented indented(out_);
      for (const Enumerant& enumerant : enumeration.enumerants) {
        documentation(enumerant.documentation);
        out_.line("{},", CppNames::enumerant(enumerant));
      }
    }
    out_.line("}};");
  }

  // What is declared inside `scope`, under its name there.
  void emitNested(const Declaration& scope) {
    for (const Declaration* nested : scope.nested) {
      if (const auto* constant = dynamic_cast<const Constant*>(nested)) {
        emitConstant(*constant, "static ", "static ");
      } else {
        out_.line("using {} = {};", CppNames::alias(CppNames::scoped(*nested), scope),
                  names_.use(*nested));
      }
    }
  }

  void emitConstant(const Constant& constant, std::string_view prefix,
                    std::string_view functionPrefix) {
    out_.gap();
    documentation(constant.documentation);
    const std::string name = CppNames::constant(constant);
    const Type& type = constant.type;
    if (type.kind == Kind::text) {
      out_.line("{}constexpr std::string_view {}{{{}}};", prefix, name,
                names_.textView(std::get<std::string>(constant.value.content)));
    } else if (!type.isPointer()) {
      out_.line("{}constexpr {} {} = {};", prefix, names_.type(type), name,
                names_.literal(constant.value, type));
    } else {
      out_.line("{}const {}& {}();", functionPrefix, names_.type(type), name);
    }
  }

  // Proxies.

  void emitProxy(const Interface& interface) {
    const std::string name = CppNames::flat(interface);
    const bool extends = !interface.superclasses.empty();
    const std::string base =
        extends ? names_.use(*interface.superclasses[0]) : names_.library("Proxy");
    out_.gap();
    documentation(interface.documentation);
    out_.line("class {} : public {} {{", name, base);
    out_.line(" public:");
    {
      Writer::Indented indented(out_);
      out_.line("static constexpr std::uint64_t interfaceId = 0x{:016x};", interface.id);
      out_.gap();
      emitNested(interface);
      for (const Method& method : interface.methods) emitMethodTypes(method);
      out_.line("using Target = {};", names_.use(interface, "Target"));
      out_.gap();
      if (isGuest()) {
        emitConstructors(interface, base);
      } else {
        out_.line("using {}::{};", base,
                  extends ? CppNames::flat(*interface.superclasses[0]) : "Proxy");
      }
      emitConversions(interface);
      for (const Method* method : cppMethods(interface)) emitMethod(*method);
    }
    out_.line("}};");
  }

  void emitMethodTypes(const Method& method) {
    const std::string name = capitalized(method.name);
    const auto emitName = [&](std::string_view suffix, const std::string& type) {
      const std::string whole = fmt::format("{}{}", name, suffix);
      out_.line("using {} = {};", CppNames::alias(whole, *method.interface), type);
    };
    emitName("Params", names_.use(*method.params));
    emitName("Results", names_.use(*method.results));
    if (method.results->pipelined) emitName("Promise", cppPromise(names_, method));
  }

  // Not those of its base: what serves that need not serve this.
  void emitConstructors(const Interface& interface, const std::string& base) {
    const std::string name = CppNames::flat(interface);
    out_.line("{}() = default;", name);
    out_.list(fmt::format("explicit {}(", name),
              {fmt::format("{} capability", names_.library("Capability"))},
              fmt::format(") : {}(std::move(capability)) {{}}", base));
    out_.line("// An object of the plugin's own.");
    out_.line("template <std::derived_from<{}> T>", names_.use(interface, "Target"));
    out_.list(fmt::format("{}(", name), {"std::shared_ptr<T> object"},
              fmt::format(") : {}({}(std::move(object))) {{}}", name, names_.library("serve")));
  }

  // To what it extends but does not derive from.
  void emitConversions(const Interface& interface) {
    for (const Interface* ancestor : interface.ancestors()) {
      const Interface& base = *interface.superclasses[0];
      if (ancestor == &base || base.inherits(*ancestor)) continue;
      const std::string name = names_.use(*ancestor);
      out_.line("operator {}() const {{", name);
      {
        Writer::Indented indented(out_);
        out_.line("return {}(capability());", name);
      }
      out_.line("}}");
    }
  }

  void emitMethod(const Method& method) {
    out_.gap();
    documentation(method.documentation);
    out_.comment("//", describe(method));
    out_.list(fmt::format("{} {}(", cppPromise(names_, method), CppNames::method(method)),
              parameters(method), ") const;");
  }

  std::vector<std::string> parameters(const Method& method) const {
    const Struct& params = *method.params;
    if (params.role == Struct::Role::declared) {
      return {fmt::format("const {}& {}", names_.use(params), "params")};
    }
    std::vector<std::string> list;
    bool canBeLeftOut = true;  // only what all that follows can be, too
    for (std::size_t i = params.fields.size(); i-- > 0;) {
      const Field& field = params.fields[i];
      std::string parameter =
          fmt::format("{} {}", names_.parameterType(field.type), CppNames::parameter(field));
      canBeLeftOut = canBeLeftOut &&
                     (field.type.isPointer() ? field.hasDefault && field.type.kind == Kind::text
                                             : field.declaresDefault);
      if (canBeLeftOut) {
        const std::string value =
            field.type.kind == Kind::text
                ? names_.textView(std::get<std::string>(field.defaultValue.content))
                : names_.literal(field.defaultValue, field.type);
        parameter += " = " + value;
      }
      list.insert(list.begin(), std::move(parameter));
    }
    return list;
  }

  // Structs.

  void emitStruct(const Struct& structure) {
    const std::string name = CppNames::flat(structure);
    out_.gap();
    documentation(structure.documentation);
    if (structure.documentation.empty()) emitOrigin(structure);
    out_.line("struct {} {{", name);
    {
      Writer::Indented indented(out_);
      emitNested(structure);
      emitGroupNames(structure);
      if (cppHasPipeline(structure)) {
        out_.line("using Pipeline = {};", names_.use(structure, "Pipeline"));
      }
      if (structure.unionTag) emitWhich(structure);
      // Initializers of members are compiled where the struct is complete.
      complete_.insert(&structure);
      out_.gap();
      for (const Field& field : structure.fields) {
        if (!field.member) emitField(field, structure);
      }
      if (structure.unionTag) {
        out_.line("Which which = Which::{};", CppNames::member(*structure.members()[0]));
        for (const Field* field : structure.members()) emitField(*field, structure);
      }
      out_.gap();
      const std::string reader = names_.library("StructReader");
      if (structure.role != Struct::Role::group) {
        out_.line("static constexpr unsigned dataWords = {};", structure.dataWords);
        out_.line("static constexpr unsigned pointers = {};", structure.pointers);
        out_.line("static {} read(const {}& reader);", name, reader);
      }
      out_.line("void readFrom(const {}& reader);  // into a new value", reader);
      out_.line("void write({} builder) const;", names_.library("StructBuilder"));
      out_.line("bool operator==(const {}&) const;", name);
    }
    out_.line("}};");
  }

  void emitOrigin(const Struct& structure) {
    if (structure.role == Struct::Role::group) out_.line("// The group {}.", structure.path);
  }

  void emitGroupNames(const Struct& structure) {
    std::set<std::string> taken = {"Which", "Pipeline"};
    for (const Declaration* nested : structure.nested) taken.insert(CppNames::scoped(*nested));
    for (const Field& field : structure.fields) {
      if (field.group == nullptr) continue;
      const std::string name = CppNames::alias(capitalized(field.name), structure);
      if (!taken.insert(name).second) continue;
      out_.line("using {} = {};", name, names_.use(*field.group));
    }
  }

  void emitWhich(const Struct& structure) {
    std::vector<std::string> members;
    for (const Field* field : structure.members()) members.push_back(CppNames::member(*field));
    out_.block("enum class Which : std::uint16_t { ", members, " };");
  }

  void emitField(const Field& field, const Struct& structure) {
    if (field.group == nullptr && field.type.kind == Kind::nothing) return;
    documentation(field.documentation);
    const std::string name = CppNames::field(field, structure);
    if (field.group != nullptr) {
      std::set<const Struct*> seen;
      out_.line("{} {}{};", names_.use(*field.group), name,
                isComplete(*field.group, seen) ? " = {}" : "");
      return;
    }
    const std::string type = names_.type(field.type);
    if (field.recursive) {
      out_.line("{}<{}> {} = {{}};", names_.library("Boxed"), type, name);
    } else if (field.type.isPointer() && !field.hasDefault) {
      out_.line("{} {}{};", type, name, isComplete(field.type) ? " = {}" : "");
    } else {
      out_.line("{} {} = {};", type, name, names_.initializer(field.defaultValue, field.type));
    }
  }

  // Whether it, or a vector of it, can be initialised here, and so destroyed: not while something
  // in it is a vector of what follows later in the file.
  bool isComplete(const Type& type) const {
    const Type& inner = innermost(type);
    std::set<const Struct*> seen;
    return inner.kind != Kind::structure || isComplete(*inner.structure, seen);
  }

  bool isComplete(const Struct& structure, std::set<const Struct*>& seen) const {
    if (structure.file != &file_ || !seen.insert(&structure).second) return true;
    if (!complete_.contains(&structure)) return false;
    return std::all_of(structure.fields.begin(), structure.fields.end(), [&](const Field& field) {
      const Struct* held = field.group != nullptr ? field.group : innermost(field.type).structure;
      return held == nullptr || isComplete(*held, seen);
    });
  }

  // Calls on results that have not arrived.

  void emitPipeline(const Struct& structure) {
    if (!cppHasPipeline(structure)) return;
    const std::string name = CppNames::made(structure, "Pipeline");
    out_.gap();
    out_.line("// What calls can be pipelined on where {} has not arrived.", structure.path);
    out_.line("class {} : public {} {{", name, names_.library("PipelinedStruct"));
    out_.line(" public:");
    {
      Writer::Indented indented(out_);
      out_.line("using PipelinedStruct::PipelinedStruct;");
      emitPipelined(structure);
    }
    out_.line("}};");
  }

  void emitPipelined(const Struct& structure) {
    for (const Field& field : structure.fields) {
      const std::string type = cppPipelined(names_, field);
      if (type.empty()) continue;
      out_.line("{} {}() const;", type, CppNames::pipelined(field, structure));
    }
  }

  void emitPromise(const Method& method) {
    if (!method.results->pipelined) return;
    const std::string base =
        fmt::format("{}<{}>", names_.library("Promise"), names_.use(*method.results));
    out_.gap();
    out_.list(fmt::format("class {} : ", CppNames::promise(method)), {"public " + base}, " {");
    out_.line(" public:");
    {
      Writer::Indented indented(out_);
      out_.line("using Promise::Promise;");
      emitPipelined(*method.results);
    }
    out_.line("}};");
  }

  // Targets.

  void emitTarget(const Interface& interface) {
    const std::string name = CppNames::made(interface, "Target");
    std::vector<std::string> bases;
    for (const Interface* superclass : interface.superclasses) {
      bases.push_back("public virtual " + names_.use(*superclass, "Target"));
    }
    if (bases.empty()) bases.push_back("public virtual " + names_.library("Target"));
    out_.gap();
    out_.line("// Derive from it to serve {}; its methods {}.", interface.path,
              isGuest() ? "may be coroutines" : "run as Tasks of the serving Thread");
    out_.list(fmt::format("class {} : ", name), bases, " {");
    out_.line(" public:");
    {
      Writer::Indented indented(out_);
      for (const Method& method : interface.methods) {
        const std::string begin = capitalized(method.name);
        out_.line("using {}Params = {};", begin, names_.use(*method.params));
        out_.line("using {}Results = {};", begin, names_.use(*method.results));
      }
      for (const Method& method : interface.methods) {
        out_.gap();
        documentation(method.documentation);
        const std::string begin = capitalized(method.name);
        const std::string results = begin + "Results";
        out_.line("virtual {} {}({}Params params) = 0;",
                  isGuest() ? fmt::format("{}<{}>", names_.library("Promise"), results) : results,
                  CppNames::method(method), begin);
      }
      out_.gap();
      if (isGuest()) {
        out_.line("void dispatch({}& call) override;", names_.library("Call"));
      } else {
        emitHostDispatch();
      }
    }
    out_.line("}};");
  }

  void emitHostDispatch() {
    out_.list(fmt::format("{} dispatch(", names_.library("Message")),
              {fmt::format("{} method", names_.library("MethodId")),
               fmt::format("const {}& params", names_.library("Message"))},
              ") override;");
  }

  bool isGuest() const { return names_.side() == CppSide::guest; }

  const File& file_;
  const CppNames& names_;
  Writer out_;
  std::set<const Struct*> complete_;
};

}  // namespace

std::string cppHeader(const CppNames& names, const File& file) {
  return HeaderEmitter(names, file).emit();
}

}  // namespace troop::proxy::compiler
