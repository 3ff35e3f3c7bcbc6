#include "proxy/compiler/js/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "proxy/compiler/js/documentation.h"
#include "proxy/compiler/js/literals.h"
#include "proxy/compiler/js/names.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {
namespace {

using Kind = Type::Kind;
using Strings = std::vector<std::string>;

bool isVoid(const Field& field) {
  return field.group == nullptr && field.type.kind == Kind::nothing;
}

// "A" and "B" as "A | B", in parentheses where more than one is the element of something.
std::string either(const Strings& types) {
  const std::string joined = fmt::format("{}", fmt::join(types, " | "));
  return types.size() == 1 ? joined : fmt::format("({})", joined);
}

class TypesEmitter {
 public:
  explicit TypesEmitter(const File& file) : file_(file), names_(file) {}

  OutputFile emit() {
    for (const Enum* enumeration : file_.enums) emitEnum(*enumeration);
    for (const Struct* structure : file_.structs) emitStruct(*structure);
    for (const Interface* interface : file_.interfaces) emitInterface(*interface);
    for (const Constant* constant : file_.constants) emitConstant(*constant);

    Writer head;
    head.line("// {}", origin(file_));
    head.comment("//", file_.documentation);
    head.gap();
    head.line("import * as troop from \"troop\";");
    names_.writeImports(head);
    head.gap();
    // What is declared and not exported stays private only where a file says what it exports.
    body_.gap();
    body_.line("export {{}};");
    return {outputPath(file_, ".troop.d.ts"), head.text() + body_.text()};
  }

 private:
  void documentation(std::string_view text, std::string_view last = {}) {
    jsDocumentation(body_, text, last);
  }

  // What reading gives.
  Strings given(const Type& type) {
    switch (type.kind) {
      case Kind::nothing:
        return {"null"};
      case Kind::boolean:
        return {"boolean"};
      case Kind::int64:
      case Kind::uint64:
        return {"bigint"};
      case Kind::text:
        return {"string"};
      case Kind::data:
        return {"Uint8Array"};
      case Kind::enumeration:
        return {names_.use(*type.enumeration)};
      case Kind::structure:
        return {names_.use(*type.structure)};
      case Kind::interface:
        return {names_.use(*type.interface), "null"};
      case Kind::capability:
        return {"troop.Capability", "null"};
      case Kind::anyPointer:
        return {"troop.AnyPointer", "null"};
      case Kind::list:
        return {either(given(*type.element)) + "[]"};
      default:
        return {"number"};
    }
  }

  // What may be given, but for what stands for an absent value.
  Strings taken(const Type& type) {
    switch (type.kind) {
      case Kind::nothing:
        return {"unknown"};
      case Kind::int64:
      case Kind::uint64:
        return {"bigint", "number"};
      case Kind::structure:
        return {names_.use(*type.structure) + ".Init"};
      case Kind::interface: {
        const std::string name = names_.use(*type.interface);
        return {name, name + ".Target"};
      }
      case Kind::capability:
        return {"troop.Capability", "troop.Target"};
      case Kind::anyPointer:
        return {"troop.AnyPointer"};
      case Kind::list:
        return takenList(*type.element);
      default:
        return given(type);
    }
  }

  Strings takenList(const Type& element) {
    if (element.kind == Kind::int64 || element.kind == Kind::uint64) return {"troop.BigIntegers"};
    const bool isNumber =
        element.isInteger() || element.kind == Kind::float32 || element.kind == Kind::float64;
    if (isNumber) return {"troop.Numbers"};
    Strings types = taken(element);
    if (element.isPointer() && element.kind != Kind::structure) types.push_back("null");
    return {fmt::format("readonly {}[]", either(types))};
  }

  static std::string joined(const Strings& types) {
    return fmt::format("{}", fmt::join(types, " | "));
  }

  // Enums and constants.

  void emitEnum(const Enum& enumeration) {
    const std::string name = JsNames::exported(enumeration);
    Strings all;
    for (const Enumerant& enumerant : enumeration.enumerants) {
      all.push_back(jsString(enumerant.name));
    }
    body_.gap();
    documentation(enumeration.documentation, "A number is one that this schema does not know.");
    body_.line("export type {} = (typeof {})[number] | number;", name, name);
    body_.block(fmt::format("export const {}: readonly [", name), all, "];");
  }

  void emitConstant(const Constant& constant) {
    body_.gap();
    documentation(constant.documentation);
    body_.line("export const {}: {};", JsNames::exported(constant), constantType(constant));
  }

  // The value itself, where that is a type.
  std::string constantType(const Constant& constant) {
    const Type& type = constant.type;
    const std::string whole = joined(given(type));
    if (type.isPointer() && type.kind != Kind::text) return whole;
    const std::string literal = jsLiteral(constant.value, type);
    const bool hasNoLiteral = literal == "NaN" || literal.ends_with("Infinity");
    return hasNoLiteral ? whole : literal;
  }

  // Structs.

  void emitStruct(const Struct& structure) {
    const std::string name = JsNames::exported(structure);
    const bool isGroup = structure.role == Struct::Role::group;
    body_.gap();
    documentation(structure.documentation, structure.documentation.empty() && isGroup
                                               ? fmt::format("The group {}.", structure.path)
                                               : "");
    emitGiven(structure, name);
    const Strings nested = nestedNames(structure);
    body_.line("export namespace {} {{", name);
    {
      Writer::Indented indented(body_);
      documentation("", "What may be given for it: what is left out has its default.");
      emitTaken(structure);
      emitPipeline(structure);
      if (!nested.empty()) emitStructMembers(name, nested);
    }
    body_.line("}}");
    // A namespace that has values is a value itself.
    if (nested.empty()) {
      const std::string begin = fmt::format("export const {}:", name);
      const std::string type = fmt::format("troop.StructType<{}, {}.Init>;", name, name);
      if (body_.fits(fmt::format("{} {}", begin, type))) {
        body_.line("{} {}", begin, type);
      } else {
        body_.line("{}", begin);
        body_.line("  {}", type);
      }
    }
  }

  void emitStructMembers(const std::string& name, const Strings& nested) {
    body_.line("export const dataWords: number;");
    body_.line("export const pointers: number;");
    body_.line("export function read(reader: troop.StructReader): {};", name);
    body_.line("export function write(builder: troop.StructBuilder, value: Init): void;");
    body_.block("export { ", nested, " };");
  }

  // What is declared inside and is there under its name: "Outer_Inner as Inner".
  Strings nestedNames(const Declaration& scope) {
    Strings all;
    for (const Declaration* nested : scope.nested) {
      const auto* structure = dynamic_cast<const Struct*>(nested);
      if (structure != nullptr && structure->role != Struct::Role::declared) continue;
      all.push_back(fmt::format("{} as {}", JsNames::exported(*nested), JsNames::nested(*nested)));
    }
    return all;
  }

  void emitGiven(const Struct& structure, const std::string& name) {
    const auto emitField = [&](const Field& field) {
      documentation(field.documentation);
      body_.line("{}: {};", JsNames::field(field, structure), givenField(field));
    };
    if (!structure.unionTag) {
      body_.line("export interface {} {{", name);
      emitFields(structure, emitField);
      body_.line("}}");
      return;
    }
    emitBeside(structure, fmt::format("export type {} = ", name), "(", emitField);
    emitMembers(structure, "which: ", emitField);
    body_.line(");");
  }

  std::string givenField(const Field& field) {
    if (field.group != nullptr) return JsNames::exported(*field.group);
    Strings types = given(field.type);
    if (field.recursive) types.push_back("null");
    return joined(types);
  }

  void emitTaken(const Struct& structure) {
    const auto emitField = [&](const Field& field) {
      documentation(field.documentation);
      body_.line("{}?: {};", JsNames::field(field, structure), takenField(field));
    };
    if (!structure.unionTag) {
      body_.line("export interface Init {{");
      emitFields(structure, emitField);
      body_.line("}}");
      return;
    }
    emitBeside(structure, "export type Init = ", "troop.OneOf<", emitField);
    emitMembers(structure, "which?: ", emitField);
    body_.line(">;");
  }

  std::string takenField(const Field& field) {
    if (field.group != nullptr) return JsNames::exported(*field.group) + ".Init | null";
    Strings types = taken(field.type);
    if (field.type.isPointer()) types.push_back("null");
    return joined(types);
  }

  template <typename EmitField>
  void emitFields(const Struct& structure, const EmitField& emitField) {
    Writer::Indented indented(body_);
    for (const Field& field : structure.fields) {
      if (!field.member && !isVoid(field)) emitField(field);
    }
  }

  // The fields beside a union, if there are any, and the beginning of the union.
  template <typename EmitField>
  void emitBeside(const Struct& structure, std::string_view begin, std::string_view end,
                  const EmitField& emitField) {
    const bool isAlone =
        std::all_of(structure.fields.begin(), structure.fields.end(),
                    [](const Field& field) { return field.member || isVoid(field); });
    if (isAlone) {
      body_.line("{}{}", begin, end);
      return;
    }
    body_.line("{}{{", begin);
    emitFields(structure, emitField);
    body_.line("}} & {}", end);
  }

  template <typename EmitField>
  void emitMembers(const Struct& structure, std::string_view which, const EmitField& emitField) {
    Writer::Indented indented(body_);
    for (const Field* field : structure.members()) {
      const std::string name = jsString(field->name);
      if (isVoid(*field)) {
        documentation(field->documentation);
        body_.line("| {{ {}{} }}", which, name);
        continue;
      }
      body_.line("| {{");
      {
        Writer::Indented member(body_);
        Writer::Indented more(body_);
        body_.line("{}{};", which, name);
        emitField(*field);
      }
      body_.line("  }}");
    }
    documentation("", "A member that this schema does not know.");
    body_.line("| {{ which: number }}");
  }

  // Calls on results that have not arrived.

  void emitPipeline(const Struct& structure) {
    const bool isOfMethod =
        structure.role == Struct::Role::parameters || structure.role == Struct::Role::results;
    if (!structure.pipelined || isOfMethod) return;
    documentation("", "What calls can be made on before it has arrived.");
    body_.line("export interface Pipeline {{");
    {
      Writer::Indented indented(body_);
      for (const Field& field : structure.fields) {
        const std::string type = pipelined(field);
        if (type.empty()) continue;
        body_.line("readonly {}: {};", JsNames::field(field, structure), type);
      }
    }
    body_.line("}}");
  }

  // The capability, or what leads to more of them; "" where there is none.
  std::string pipelined(const Field& field) {
    if (field.member) return "";
    const Struct* inner = field.group != nullptr ? field.group : field.type.structure;
    const bool leads = field.group != nullptr || field.type.kind == Kind::structure;
    if (leads) return inner->pipelined ? names_.use(*inner) + ".Pipeline" : "";
    if (field.type.kind == Kind::interface) return names_.use(*field.type.interface);
    return field.type.kind == Kind::capability ? "troop.Capability" : "";
  }

  // Interfaces.

  void emitInterface(const Interface& interface) {
    const std::string name = JsNames::exported(interface);
    for (const Method& method : interface.methods) emitPromise(method);
    const std::string base = emitBase(interface, name);
    body_.gap();
    documentation(interface.documentation);
    body_.line("export class {} extends {} {{", name, base);
    {
      Writer::Indented indented(body_);
      body_.line("static readonly interfaceId: bigint;");
      for (const Method* method : ownMethods(interface)) emitMethod(*method);
    }
    body_.line("}}");
    emitInterfaceMembers(interface, name);
    emitTarget(interface, name);
  }

  // What a class derives from. A class has what is declared in its interface, and TypeScript wants
  // that to agree with what the base class has by the same name, which schemas need not.
  std::string emitBase(const Interface& interface, const std::string& name) {
    if (interface.superclasses.empty()) return "troop.Capability";
    const std::string base = names_.use(*interface.superclasses[0]);
    std::set<std::string> inherited;
    for (const Interface* ancestor : interface.ancestors()) {
      for (const Declaration* nested : ancestor->nested) inherited.insert(JsNames::nested(*nested));
    }
    const bool hides = std::any_of(
        interface.nested.begin(), interface.nested.end(),
        [&](const Declaration* nested) { return inherited.contains(JsNames::nested(*nested)); });
    if (!hides) return base;
    body_.gap();
    body_.line("declare const {}$Base: new (source: troop.Capability) => {};", name, base);
    return name + "$Base";
  }

  // The methods that a class has itself: its own, and those of all that it extends but of its first
  // superclass, which is its base class.
  static std::vector<const Method*> ownMethods(const Interface& interface) {
    std::vector<const Method*> methods;
    const auto add = [&](const Interface& each) {
      for (const Method& method : each.methods) methods.push_back(&method);
    };
    add(interface);
    for (const Interface* ancestor : interface.ancestors()) {
      const Interface* base = interface.superclasses[0];
      if (ancestor != base && !base->inherits(*ancestor)) add(*ancestor);
    }
    return methods;
  }

  void emitPromise(const Method& method) {
    if (!method.results->pipelined) return;
    body_.gap();
    documentation(
        "", fmt::format("The results of {}, and what calls can be made on before.", method.name));
    body_.line("export interface {} extends troop.CallPromise<{}> {{", promise(method),
               names_.use(*method.results));
    {
      Writer::Indented indented(body_);
      for (const Field& field : method.results->fields) {
        const std::string type = pipelined(field);
        if (type.empty()) continue;
        body_.line("readonly {}: {};", JsNames::pipelined(field, *method.results), type);
      }
    }
    body_.line("}}");
  }

  // The name of a promise that has capabilities, in the file of its interface.
  static std::string promise(const Method& method) {
    return fmt::format("{}_{}Promise", JsNames::exported(*method.interface),
                       capitalized(method.name));
  }

  void emitMethod(const Method& method) {
    body_.gap();
    documentation(method.documentation, describe(method));
    const std::string results =
        !method.results->pipelined
            ? fmt::format("troop.CallPromise<{}>", names_.use(*method.results))
            : fmt::format("{}.{}Promise", names_.use(*method.interface), capitalized(method.name));
    body_.block(fmt::format("{}(", JsNames::method(method)),
                {fmt::format("params?: {}.Init", names_.use(*method.params))},
                fmt::format("): {};", results));
  }

  void emitInterfaceMembers(const Interface& interface, const std::string& name) {
    Strings values = nestedNames(interface);
    values.insert(values.begin(), fmt::format("{}_Target as Target", name));
    const Strings types = methodTypes(interface);
    body_.line("export namespace {} {{", name);
    {
      Writer::Indented indented(body_);
      body_.block("export { ", values, " };");
      if (!types.empty()) body_.block("export type { ", types, " };");
    }
    body_.line("}}");
  }

  // The types of its methods under their names inside of it, those that it inherits among them: a
  // plugin looks for them where it looks for the target. What it declares itself hides what it
  // inherits.
  Strings methodTypes(const Interface& interface) {
    std::set<std::string> known;
    for (const Declaration* nested : interface.nested) known.insert(JsNames::nested(*nested));
    Strings types;
    const auto add = [&](const std::string& flat, const std::string& name) {
      if (known.insert(name).second) types.push_back(fmt::format("{} as {}", flat, name));
    };
    const auto addAll = [&](const Interface& each) {
      for (const Method& method : each.methods) {
        const std::string begin = capitalized(method.name);
        add(names_.use(*method.params), begin + "Params");
        add(names_.use(*method.results), begin + "Results");
        // Others are types of another class.
        const bool isOwn = &each == &interface;
        if (isOwn && method.results->pipelined) add(promise(method), begin + "Promise");
      }
    };
    addAll(interface);
    for (const Interface* ancestor : interface.ancestors()) addAll(*ancestor);
    return types;
  }

  void emitTarget(const Interface& interface, const std::string& name) {
    const std::string base = interface.superclasses.empty()
                                 ? "troop.Target"
                                 : names_.use(*interface.superclasses[0]) + ".Target";
    body_.gap();
    body_.line("/** Extend it to serve {}. */", interface.path);
    body_.line("declare abstract class {}_Target extends {} {{", name, base);
    {
      Writer::Indented indented(body_);
      for (const Method* method : ownMethods(interface)) {
        body_.gap();
        documentation(method->documentation, describe(*method));
        body_.block(
            fmt::format("abstract {}(", JsNames::method(*method)),
            {fmt::format("params: {}", names_.use(*method->params)), "call: troop.Invocation"},
            fmt::format("): troop.Awaitable<{}>;", answer(*method)));
      }
    }
    body_.line("}}");
  }

  // A method may answer nothing where all of its results have defaults.
  std::string answer(const Method& method) {
    return fmt::format("{}.Init{}", names_.use(*method.results),
                       method.results->fields.empty() ? " | void" : "");
  }

  const File& file_;
  JsNames names_;
  Writer body_;
};

}  // namespace

OutputFile jsTypes(const File& file) {
  return TypesEmitter(file).emit();
}

}  // namespace troop::proxy::compiler
