#include "proxy/compiler/js/emit.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "proxy/compiler/js/documentation.h"
#include "proxy/compiler/js/literals.h"
#include "proxy/compiler/js/names.h"
#include "proxy/compiler/js/types.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {
namespace {

using Kind = Type::Kind;

struct Scalar {
  std::string_view name;  // of the reader's method
  unsigned bits;
};

const std::map<Kind, Scalar>& scalars() {
  static const std::map<Kind, Scalar> all = {
      {Kind::boolean, {"bool", 1}},     {Kind::int8, {"int8", 8}},
      {Kind::int16, {"int16", 16}},     {Kind::int32, {"int32", 32}},
      {Kind::int64, {"int64", 64}},     {Kind::uint8, {"uint8", 8}},
      {Kind::uint16, {"uint16", 16}},   {Kind::uint32, {"uint32", 32}},
      {Kind::uint64, {"uint64", 64}},   {Kind::float32, {"float32", 32}},
      {Kind::float64, {"float64", 64}}, {Kind::enumeration, {"enum", 16}}};
  return all;
}

class JsEmitter {
 public:
  explicit JsEmitter(const File& file) : file_(file), names_(file) {}

  OutputFile emit() {
    for (const Enum* enumeration : file_.enums) emitEnum(*enumeration);
    for (const Struct* structure : file_.structs) emitStruct(*structure);
    for (const Interface* interface : file_.interfaces) emitInterface(*interface);
    for (const Constant* constant : file_.constants) emitConstant(*constant);
    emitNested();

    Writer head;
    head.line("// {}", origin(file_));
    const std::filesystem::path types = outputPath(file_, ".troop.d.ts");
    head.line("// @ts-nocheck: its types stand in {}", types.filename().string());
    head.comment("//", file_.documentation);
    head.gap();
    names_.writeImports(head);
    head.gap();
    return {outputPath(file_, ".troop.js"), head.text() + body_.text()};
  }

 private:
  void documentation(std::string_view text, std::string_view last = {}) {
    jsDocumentation(body_, text, last);
  }

  // Enums and constants.

  void emitEnum(const Enum& enumeration) {
    body_.gap();
    documentation(enumeration.documentation);
    body_.line("export const {} = [", JsNames::exported(enumeration));
    {
      Writer::Indented indented(body_);
      for (const Enumerant& enumerant : enumeration.enumerants) {
        documentation(enumerant.documentation);
        body_.line("{},", jsString(enumerant.name));
      }
    }
    body_.line("];");
  }

  void emitConstant(const Constant& constant) {
    body_.gap();
    documentation(constant.documentation);
    body_.line("export const {} = {};", JsNames::exported(constant),
               jsLiteral(constant.value, constant.type));
  }

  // Declarations under the names of what they are declared in: Outer.Inner.
  void emitNested() {
    Writer nested;
    const auto attach = [&](const auto& declarations) {
      for (const auto* each : declarations) {
        if (each->parent == nullptr || dynamic_cast<const Struct*>(each->parent) == nullptr) {
          if (dynamic_cast<const Interface*>(each->parent) == nullptr) continue;
        }
        if (isGenerated(*each)) continue;
        nested.line("{}.{} = {};", JsNames::exported(*each->parent), JsNames::nested(*each),
                    JsNames::exported(*each));
      }
    };
    attach(file_.enums);
    attach(file_.structs);
    attach(file_.interfaces);
    attach(file_.constants);
    if (nested.text().empty()) return;
    body_.gap();
    for (const std::string& line : linesOf(nested.text())) body_.verbatim(line);
  }

  static bool isGenerated(const Declaration& declaration) {
    const auto* structure = dynamic_cast<const Struct*>(&declaration);
    return structure != nullptr && structure->role != Struct::Role::declared;
  }

  // Structs.

  void emitStruct(const Struct& structure) {
    body_.gap();
    std::string place;
    if (structure.role == Struct::Role::group) place = fmt::format("The group {}.", structure.path);
    documentation(structure.documentation, structure.documentation.empty() ? place : "");
    body_.line("export const {} = {{", JsNames::exported(structure));
    {
      Writer::Indented indented(body_);
      body_.line("dataWords: {},", structure.dataWords);
      body_.line("pointers: {},", structure.pointers);
      if (structure.unionTag) {
        std::vector<std::string> names;
        for (const Field* member : structure.members()) names.push_back(jsString(member->name));
        body_.block("members: [", names, "],");
      }
      emitRead(structure);
      emitWrite(structure);
      // The promises of results have getters of their own.
      const bool isOfMethod =
          structure.role == Struct::Role::parameters || structure.role == Struct::Role::results;
      if (structure.pipelined && !isOfMethod) emitPipeline(structure);
    }
    body_.line("}};");
  }

  void emitRead(const Struct& structure) {
    if (structure.fields.empty()) {
      body_.line("read() {{ return {{}}; }},");
      return;
    }
    body_.line("read(s) {{");
    {
      Writer::Indented indented(body_);
      body_.verbatim(structure.unionTag ? "const v = {" : "return {");
      {
        Writer::Indented members(body_);
        for (const Field& field : structure.fields) {
          if (field.member || isVoid(field)) continue;
          documentation(field.documentation);
          body_.line("{}: {},", JsNames::field(field, structure), reading(field));
        }
        if (structure.unionTag) {
          body_.line("which: s.enum({}, {}.members),", *structure.unionTag * 2,
                     JsNames::exported(structure));
        }
      }
      body_.line("}};");
      if (structure.unionTag) emitReadUnion(structure);
    }
    body_.line("}},");
  }

  void emitReadUnion(const Struct& structure) {
    body_.line("switch (v.which) {{");
    {
      Writer::Indented indented(body_);
      for (const Field* field : structure.members()) {
        if (isVoid(*field)) continue;
        documentation(field->documentation);
        body_.line("case {}: v.{} = {}; break;", jsString(field->name),
                   JsNames::field(*field, structure), reading(*field));
      }
    }
    body_.line("}}");
    body_.line("return v;");
  }

  static bool isVoid(const Field& field) {
    return field.group == nullptr && field.type.kind == Kind::nothing;
  }

  std::string reading(const Field& field) {
    if (field.group != nullptr) return fmt::format("{}.read(s)", JsNames::exported(*field.group));
    const Type& type = field.type;
    const std::string read = access("s.", false, field, "");
    if (!type.isPointer() || !field.hasDefault) return read;
    return fmt::format("s.isNull({}) ? {} : {}", field.offset, jsLiteral(field.defaultValue, type),
                       read);
  }

  // The call that reads or sets a field: "s.uint8(4, 7)", "s.setUint8(4, v.level, 7)". A further
  // argument of the reading method follows the place; the value follows that; a mask is last.
  std::string access(std::string_view object, bool set, const Field& field,
                     const std::string& value) {
    const Type& type = field.type;
    std::vector<std::string> arguments;
    std::string method;
    const auto scalar = scalars().find(type.kind);
    if (scalar != scalars().end()) {
      const unsigned bits = scalar->second.bits;
      arguments.push_back(fmt::format("{}", bits == 1 ? field.offset : field.offset * (bits / 8)));
      method = scalar->second.name;
    } else {
      arguments.push_back(fmt::format("{}", field.offset));
      method = pointerMethod(type, field.recursive && !set);
    }
    addTypeArguments(arguments, type, set);
    if (set) arguments.push_back(value);
    if (type.kind == Kind::list && type.element->kind == Kind::list) {
      arguments.push_back(elementFunction(*type.element, set));
    }
    if (field.hasDefault && !type.isPointer()) arguments.push_back(jsMask(field));
    return fmt::format("{}{}{}({})", object, set ? "set" : "", set ? capitalized(method) : method,
                       fmt::join(arguments, ", "));
  }

  static std::string pointerMethod(const Type& type, bool orNull) {
    switch (type.kind) {
      case Kind::text:
        return "text";
      case Kind::data:
        return "data";
      case Kind::structure:
        return orNull ? "structOrNull" : "struct";
      case Kind::list:
        return listMethod(*type.element);
      case Kind::anyPointer:
        return "anyPointer";
      default:
        return "capability";
    }
  }

  static std::string listMethod(const Type& element) {
    const auto scalar = scalars().find(element.kind);
    if (scalar != scalars().end()) return fmt::format("{}List", scalar->second.name);
    if (element.kind == Kind::nothing) return "voidList";
    if (element.kind == Kind::list) return "nestedList";
    return pointerMethod(element, false) + "List";
  }

  // What is needed to read or write a value of the type: a struct's spec, an enum's names, a class.
  void addTypeArguments(std::vector<std::string>& arguments, const Type& type, bool set) {
    const Type& named = type.kind == Kind::list ? *type.element : type;
    if (named.kind == Kind::structure) arguments.push_back(names_.use(*named.structure));
    if (named.kind == Kind::enumeration) arguments.push_back(names_.use(*named.enumeration));
    if (named.kind == Kind::interface && !set) arguments.push_back(names_.use(*named.interface));
  }

  // The inner lists of a list of lists: "(e) => e.int32List(0)", "(e, x) => e.setInt32List(0, x)".
  std::string elementFunction(const Type& list, bool set) {
    Field element;
    element.type = list;
    return fmt::format("{} => {}", set ? "(e, x)" : "(e)", access("e.", set, element, "x"));
  }

  void emitWrite(const Struct& structure) {
    if (std::all_of(structure.fields.begin(), structure.fields.end(), isVoid) &&
        !structure.unionTag) {
      body_.line("write() {{}},");
      return;
    }
    body_.line("write(s, v) {{");
    {
      Writer::Indented indented(body_);
      for (const Field& field : structure.fields) {
        if (!field.member && !isVoid(field)) body_.line("{};", writing(field, structure));
      }
      if (structure.unionTag) {
        body_.line("switch (s.setWhich({}, {}.members, v)) {{", *structure.unionTag * 2,
                   JsNames::exported(structure));
        {
          Writer::Indented cases(body_);
          for (const Field* field : structure.members()) {
            if (isVoid(*field)) continue;
            body_.line("case {}: {}; break;", *field->member, writing(*field, structure));
          }
        }
        body_.line("}}");
      }
    }
    body_.line("}},");
  }

  std::string writing(const Field& field, const Struct& structure) {
    const std::string value = fmt::format("v.{}", JsNames::field(field, structure));
    if (field.group != nullptr) {
      return fmt::format("s.setGroup({}, {})", JsNames::exported(*field.group), value);
    }
    return access("s.", true, field, value);
  }

  // Interfaces.

  void emitPipeline(const Struct& structure) {
    body_.line("pipeline(call, path) {{");
    {
      Writer::Indented indented(body_);
      body_.line("return {{");
      for (const Field& field : structure.fields) {
        const std::string capability = pipelining(field, "...path, ", "path");
        if (capability.empty()) continue;
        Writer::Indented getters(body_);
        body_.line("get {}() {{ return {}; }},", JsNames::field(field, structure), capability);
      }
      body_.line("}};");
    }
    body_.line("}},");
  }

  // The capability, or what leads to more of them, at a field of results that are not there yet.
  std::string pipelining(const Field& field, std::string_view begin, std::string_view whole) {
    if (field.member) return "";
    if (field.group != nullptr) {
      if (!field.group->pipelined) return "";
      return fmt::format("{}.pipeline(call, {})", JsNames::exported(*field.group), whole);
    }
    const std::string path = fmt::format("[{}{}]", begin, field.offset);
    switch (field.type.kind) {
      case Kind::interface:
        return fmt::format("new {}(call.$pipeline({}))", names_.use(*field.type.interface), path);
      case Kind::capability:
        return fmt::format("call.$pipeline({})", path);
      case Kind::structure:
        if (!field.type.structure->pipelined) return "";
        return fmt::format("{}.pipeline(call, {})", names_.use(*field.type.structure), path);
      default:
        return "";
    }
  }

  void emitInterface(const Interface& interface) {
    const std::string name = JsNames::exported(interface);
    const Interface* base = interface.superclasses.empty() ? nullptr : interface.superclasses[0];
    if (base == nullptr) {
      names_.useOfTroop("Capability");
      names_.useOfTroop("Target");
    }
    body_.gap();
    documentation(interface.documentation);
    body_.line("export class {} extends {} {{", name,
               base == nullptr ? "Capability" : names_.use(*base));
    {
      Writer::Indented indented(body_);
      body_.line("static interfaceId = 0x{:016x}n;", interface.id);
      for (const Method& method : interface.methods) emitMethod(method);
      // JavaScript has one base class; the methods of the others are repeated.
      for (const Interface* ancestor : interface.ancestors()) {
        if (ancestor == base || (base != nullptr && base->inherits(*ancestor))) continue;
        for (const Method& method : ancestor->methods) emitMethod(method);
      }
    }
    body_.line("}}");
    emitTarget(interface);
  }

  void emitMethod(const Method& method) {
    body_.gap();
    documentation(method.documentation, describe(method));
    const std::vector<std::string> arguments = {
        names_.use(*method.interface) + ".interfaceId", fmt::format("{}", method.number),
        names_.use(*method.params), "params", names_.use(*method.results)};
    body_.line("{}(params) {{", JsNames::method(method));
    {
      Writer::Indented indented(body_);
      if (!method.results->pipelined) {
        body_.block("return this.$call(", arguments, ");");
      } else {
        names_.useOfTroop("pipelined");
        body_.block("const call = this.$call(", arguments, ");");
        body_.line("return pipelined(call, {{");
        for (const Field& field : method.results->fields) {
          const std::string capability = pipelining(field, "", "[]");
          if (capability.empty()) continue;
          Writer::Indented members(body_);
          body_.line("{}: () => {},", JsNames::pipelined(field, *method.results), capability);
        }
        body_.line("}});");
      }
    }
    body_.line("}}");
  }

  void emitTarget(const Interface& interface) {
    const std::string name = JsNames::exported(interface);
    std::vector<std::string> bases;
    for (const Interface* superclass : interface.superclasses) {
      bases.push_back(names_.use(*superclass) + ".Target");
    }
    body_.gap();
    body_.line("/** Extend it to serve {}. */", interface.path);
    body_.line("{}.Target = class {}_Target extends {} {{", name, name,
               bases.empty() ? "Target" : bases[0]);
    {
      Writer::Indented indented(body_);
      body_.line("static $methods = [");
      {
        Writer::Indented methods(body_);
        for (const std::string& base : bases) body_.line("...{}.$methods,", base);
        for (const Method& method : interface.methods) {
          body_.block("{ ",
                      {fmt::format("interfaceId: {}.interfaceId", name),
                       fmt::format("method: {}", method.number),
                       fmt::format("name: {}", jsString(JsNames::method(method))),
                       fmt::format("params: {}", names_.use(*method.params)),
                       fmt::format("results: {}", names_.use(*method.results))},
                      " },");
        }
      }
      body_.line("];");
    }
    body_.line("}};");
  }

  const File& file_;
  JsNames names_;
  Writer body_;
};

}  // namespace

std::vector<OutputFile> emitJs(const File& file) {
  return {JsEmitter(file).emit(), jsTypes(file)};
}

}  // namespace troop::proxy::compiler
