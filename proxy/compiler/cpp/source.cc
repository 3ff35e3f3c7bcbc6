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

class SourceEmitter {
 public:
  SourceEmitter(const CppNames& names, const File& file) : file_(file), names_(names) {}

  std::string emit() {
    out_.line("// {}", origin(file_));
    out_.line("#include \"{}\"", names_.header(file_));
    out_.gap();
    out_.line("#include <utility>");
    const std::string space = CppNames::namespaceOf(file_);
    if (!space.empty()) {
      out_.gap();
      out_.line("namespace {} {{", space);
      out_.line();
    }
    for (const Struct* structure : file_.structs) emitStruct(*structure);
    for (const Constant* constant : file_.constants) emitConstant(*constant);
    for (const Struct* structure : file_.structs) {
      if (cppHasPipeline(*structure)) emitPipeline(*structure);
    }
    for (const Interface* interface : file_.interfaces) {
      for (const Method* method : cppMethods(*interface)) emitMethod(*interface, *method);
      for (const Method& method : interface->methods) emitPromise(method);
      emitDispatch(*interface);
    }
    if (!space.empty()) {
      out_.gap();
      out_.line("}}  // namespace {}", space);
    }
    return out_.text();
  }

 private:
  // Structs.

  void emitStruct(const Struct& structure) {
    const std::string name = CppNames::flat(structure);
    const bool isEmpty = !structure.unionTag &&
                         std::all_of(structure.fields.begin(), structure.fields.end(), isVoid);
    out_.gap();
    if (structure.role != Struct::Role::group) emitReadFunction(name);
    if (isEmpty) {
      out_.line("void {}::readFrom(const {}&) {{}}", name, names_.library("StructReader"));
      out_.gap();
      out_.line("void {}::write({}) const {{}}", name, names_.library("StructBuilder"));
    } else {
      emitReadFrom(structure, name);
      emitWriteTo(structure, name);
    }
    out_.gap();
    out_.line("bool {}::operator==(const {}&) const = default;", name, name);
  }

  void emitReadFunction(const std::string& name) {
    out_.list(fmt::format("{} {}::read(", name, name),
              {fmt::format("const {}& reader", names_.library("StructReader"))}, ") {");
    {
      Writer::Indented indented(out_);
      out_.line("{} value;", name);
      out_.line("value.readFrom(reader);");
      out_.line("return value;");
    }
    out_.line("}}");
    out_.gap();
  }

  void emitReadFrom(const Struct& structure, const std::string& name) {
    const std::string reader = CppNames::local("reader", structure);
    out_.list(fmt::format("void {}::readFrom(", name),
              {fmt::format("const {}& {}", names_.library("StructReader"), reader)}, ") {");
    {
      Writer::Indented indented(out_);
      for (const Field& field : structure.fields) {
        if (!field.member) emitRead(field, structure, reader);
      }
      if (structure.unionTag) emitReadUnion(structure, reader);
    }
    out_.line("}}");
  }

  void emitWriteTo(const Struct& structure, const std::string& name) {
    const std::string builder = CppNames::local("builder", structure);
    out_.gap();
    out_.list(fmt::format("void {}::write(", name),
              {fmt::format("{} {}", names_.library("StructBuilder"), builder)}, ") const {");
    {
      Writer::Indented indented(out_);
      for (const Field& field : structure.fields) {
        if (!field.member) emitWrite(field, CppNames::field(field, structure), builder);
      }
      if (structure.unionTag) emitWriteUnion(structure, builder);
    }
    out_.line("}}");
  }

  // A statement, under a condition if there is one, in one line where it fits.
  void statement(const std::string& condition, const std::string& text) {
    if (condition.empty()) {
      out_.line("{};", text);
      return;
    }
    const std::string whole = fmt::format("if ({}) {};", condition, text);
    if (out_.fits(whole)) {
      out_.verbatim(whole);
      return;
    }
    out_.line("if ({}) {{", condition);
    {
      Writer::Indented indented(out_);
      out_.line("{};", text);
    }
    out_.line("}}");
  }

  static bool isVoid(const Field& field) {
    return field.group == nullptr && field.type.kind == Kind::nothing;
  }

  // Values are read where they lie: what a message makes deep must not take much stack.
  void emitRead(const Field& field, const Struct& structure, const std::string& reader) {
    if (isVoid(field)) return;
    const std::string name = CppNames::field(field, structure);
    const bool keepsDefault = field.type.isPointer() && (field.hasDefault || field.recursive);
    const std::string condition =
        keepsDefault ? fmt::format("!{}.isNull({})", reader, field.offset) : "";
    if (field.group != nullptr) {
      out_.line("{}.readFrom({});", name, reader);
    } else if (field.type.kind == Kind::structure) {
      // A default must not shine through where the message's struct has less.
      const std::string fresh = field.recursive    ? name + ".emplace()"
                                : field.hasDefault ? fmt::format("({} = {{}})", name)
                                                   : name;
      statement(condition,
                fmt::format("{}.readFrom({}.structure({}))", fresh, reader, field.offset));
    } else {
      statement(condition, fmt::format("{} = {}", name, reading(field, reader)));
    }
  }

  std::string reading(const Field& field, const std::string& reader) const {
    const Type& type = field.type;
    const unsigned at = field.offset;
    switch (type.kind) {
      case Kind::boolean:
        return fmt::format("{}.boolean({}{})", reader, at, field.hasDefault ? ", true" : "");
      case Kind::text:
        return fmt::format("{}.text({})", reader, at);
      case Kind::data:
        return fmt::format("{}.data({})", reader, at);
      case Kind::interface:
        return fmt::format("{}({}.capability({}))", names_.use(*type.interface), reader, at);
      case Kind::capability:
        return fmt::format("{}.capability({})", reader, at);
      case Kind::anyPointer:
        return fmt::format("{}.anyPointer({})", reader, at);
      case Kind::list:
        return readingList(*type.element, fmt::format("{}.list({})", reader, at));
      default:
        return fmt::format("{}.number<{}>({}{})", reader, names_.type(type), at, mask(field));
    }
  }

  std::string mask(const Field& field) const {
    if (!field.hasDefault) return "";
    return ", " + names_.literal(field.defaultValue, field.type);
  }

  std::string readingList(const Type& element, const std::string& list) const {
    if (element.kind == Kind::list) {
      return fmt::format("{}({}, {})", names_.library("readLists"), list,
                         innerReader(*element.element));
    }
    return fmt::format("{}({})", listReader(element), list);
  }

  // The function that reads lists of these elements.
  std::string listReader(const Type& element) const {
    switch (element.kind) {
      case Kind::nothing:
        return names_.library("readVoids");
      case Kind::boolean:
        return names_.library("readBooleans");
      case Kind::text:
        return names_.library("readTexts");
      case Kind::data:
        return names_.library("readDatas");
      case Kind::structure:
        return fmt::format("{}<{}>", names_.library("readStructs"), names_.type(element));
      case Kind::interface:
      case Kind::capability:
        return fmt::format("{}<{}>", names_.library("readCapabilities"), names_.type(element));
      default:
        return fmt::format("{}<{}>", names_.library("readNumbers"), names_.type(element));
    }
  }

  // The same where the elements may be lists again.
  std::string innerReader(const Type& element) const {
    if (element.kind != Kind::list) return listReader(element);
    return fmt::format("[](const auto& list) {{ return {}; }}", readingList(element, "list"));
  }

  void emitReadUnion(const Struct& structure, const std::string& reader) {
    out_.line("which = {}.number<Which>({});", reader, *structure.unionTag);
    out_.line("switch (which) {{");
    {
      Writer::Indented indented(out_);
      for (const Field* field : structure.members()) {
        out_.line("case Which::{}:", CppNames::member(*field));
        Writer::Indented body(out_);
        emitRead(*field, structure, reader);
        out_.line("break;");
      }
    }
    out_.line("}}");
  }

  void emitWriteUnion(const Struct& structure, const std::string& builder) {
    out_.line("{}.setNumber({}, which);", builder, *structure.unionTag);
    out_.line("switch (which) {{");
    {
      Writer::Indented indented(out_);
      for (const Field* field : structure.members()) {
        out_.line("case Which::{}:", CppNames::member(*field));
        Writer::Indented body(out_);
        emitWrite(*field, CppNames::field(*field, structure), builder);
        out_.line("break;");
      }
    }
    out_.line("}}");
  }

  // Sets the field that `value` is an expression for.
  void emitWrite(const Field& field, const std::string& value, const std::string& builder) {
    if (isVoid(field)) return;
    if (field.group != nullptr) {
      out_.line("{}.write({});", value, builder);
      return;
    }
    const Type& type = field.type;
    const unsigned at = field.offset;
    // What is empty is what an absent one reads as, unless that is a default.
    const std::string condition = field.hasDefault ? "" : fmt::format("!{}.empty()", value);
    switch (type.kind) {
      case Kind::boolean:
        out_.line("{}.setBoolean({}, {}{});", builder, at, value, field.hasDefault ? ", true" : "");
        break;
      case Kind::text:
        statement(condition, fmt::format("{}.setText({}, {})", builder, at, value));
        break;
      case Kind::data:
        statement(condition, fmt::format("{}.setData({}, {})", builder, at, value));
        break;
      case Kind::structure:
        statement(field.recursive ? value : "",
                  fmt::format("{}({}, {}, {}{})", names_.library("writeStruct"), builder, at,
                              field.recursive ? "*" : "", value));
        break;
      case Kind::interface:
        out_.line("{}.setCapability({}, {}.capability());", builder, at, value);
        break;
      case Kind::capability:
        out_.line("{}.setCapability({}, {});", builder, at, value);
        break;
      case Kind::anyPointer:
        out_.line("{}.setAnyPointer({}, {});", builder, at, value);
        break;
      case Kind::list:
        statement(condition, writingList(*type.element, builder, fmt::format("{}", at), value));
        break;
      default:
        out_.line("{}.setNumber{}({}, {}{});", builder,
                  field.hasDefault ? fmt::format("<{}>", names_.type(type)) : "", at, value,
                  mask(field));
    }
  }

  std::string writingList(const Type& element, const std::string& builder, const std::string& at,
                          const std::string& value) const {
    if (element.kind == Kind::list) {
      return fmt::format("{}({}, {}, {}, {})", names_.library("writeLists"), builder, at, value,
                         innerWriter(*element.element));
    }
    return fmt::format("{}({}, {}, {})", listWriter(element), builder, at, value);
  }

  // The function that writes lists of these elements.
  std::string listWriter(const Type& element) const {
    switch (element.kind) {
      case Kind::nothing:
        return names_.library("writeVoids");
      case Kind::boolean:
        return names_.library("writeBooleans");
      case Kind::text:
        return names_.library("writeTexts");
      case Kind::data:
        return names_.library("writeDatas");
      case Kind::structure:
        return names_.library("writeStructs");
      case Kind::interface:
      case Kind::capability:
        return names_.library("writeCapabilities");
      default:
        return names_.library("writeNumbers");
    }
  }

  std::string innerWriter(const Type& element) const {
    if (element.kind != Kind::list) return listWriter(element);
    return fmt::format("[](auto& list, std::size_t i, const auto& values) {{ {}; }}",
                       writingList(element, "list", "i", "values"));
  }

  void emitConstant(const Constant& constant) {
    if (!constant.type.isPointer() || constant.type.kind == Kind::text) return;
    const std::string type = names_.type(constant.type);
    const std::string scope =
        constant.parent == nullptr ? "" : CppNames::flat(*constant.parent) + "::";
    out_.gap();
    out_.line("const {}& {}{}() {{", type, scope, CppNames::constant(constant));
    {
      Writer::Indented indented(out_);
      out_.line("static const {} value = {};", type,
                names_.initializer(constant.value, constant.type));
      out_.line("return value;");
    }
    out_.line("}}");
  }

  // Proxies.

  // The texts and data among fields, for a first guess of a message's size: " + a.size()".
  static std::string bytesOf(const Struct& structure, std::string_view prefix) {
    std::vector<std::string> sizes;
    for (const Field& field : structure.fields) {
      const bool isBytes = field.type.kind == Kind::text || field.type.kind == Kind::data;
      if (field.group != nullptr || field.member || !isBytes) continue;
      const std::string name =
          prefix.empty() ? CppNames::parameter(field) : CppNames::field(field, structure);
      sizes.push_back(fmt::format("{}{}.size()", prefix, name));
    }
    return fmt::format("{}", fmt::join(sizes, " + "));
  }

  void emitMethod(const Interface& interface, const Method& method) {
    const Struct& params = *method.params;
    const bool declared = params.role == Struct::Role::declared;
    std::vector<std::string> parameters;
    for (const Field& field : params.fields) {
      parameters.push_back(
          fmt::format("{} {}", names_.parameterType(field.type), CppNames::parameter(field)));
    }
    if (declared) parameters = {fmt::format("const {}& params", names_.use(params))};
    const std::string message = declared ? "message" : CppNames::local("message", params);
    const std::string builder = declared ? "builder" : CppNames::local("builder", params);
    const std::string promise = cppPromise(names_, method);
    out_.gap();
    out_.list(
        fmt::format("{} {}::{}(", promise, CppNames::flat(interface), CppNames::method(method)),
        parameters, ") const {");
    {
      Writer::Indented indented(out_);
      out_.line("auto {} = {}<{}>({});", message, names_.library("builderFor"), names_.use(params),
                bytesOf(params, declared ? "params." : ""));
      if (declared) {
        out_.line("params.write({}.root());", message);
      } else if (!params.fields.empty()) {
        out_.line("{} {} = {}.root();", names_.library("StructBuilder"), builder, message);
        for (const Field& field : params.fields) {
          emitWrite(field, CppNames::parameter(field), builder);
        }
      }
      const std::string id =
          method.interface == &interface ? "interfaceId"
                                         : names_.use(*method.interface) + "::interfaceId";
      out_.list(fmt::format("return {}(", promise),
                {fmt::format("send({{{}, {}}}, std::move({}))", id, method.number, message)}, ");");
    }
    out_.line("}}");
  }

  void emitPipeline(const Struct& structure) {
    const std::string name = CppNames::made(structure, "Pipeline");
    for (const Field& field : structure.fields) {
      const std::string type = cppPipelined(names_, field);
      if (type.empty()) continue;
      out_.gap();
      out_.line("{} {}::{}() const {{", type, name, CppNames::pipelined(field, structure));
      {
        Writer::Indented indented(out_);
        if (field.group != nullptr) {
          out_.line("return group<{}>();", type);
        } else if (field.type.isCapability()) {
          out_.line("return {}(capabilityAt({}));", type, field.offset);
        } else {
          out_.line("return structAt<{}>({});", type, field.offset);
        }
      }
      out_.line("}}");
    }
  }

  void emitPromise(const Method& method) {
    const Struct& results = *method.results;
    if (!results.pipelined) return;
    for (const Field& field : results.fields) {
      const std::string type = cppPipelined(names_, field);
      if (type.empty()) continue;
      out_.gap();
      out_.line("{} {}::{}() const {{", type, cppPromise(names_, method),
                CppNames::pipelined(field, results));
      {
        Writer::Indented indented(out_);
        if (field.group != nullptr) {
          out_.line("return {}(*this, {{}});", type);
        } else if (field.type.isCapability()) {
          out_.line("return {}(pipeline({{{}}}));", type, field.offset);
        } else {
          out_.line("return {}(*this, {{{}}});", type, field.offset);
        }
      }
      out_.line("}}");
    }
  }

  // Targets.

  void emitDispatch(const Interface& interface) {
    const std::string name = CppNames::made(interface, "Target");
    const std::string message = names_.library("Message");
    const bool usesParams = !interface.methods.empty() || !interface.superclasses.empty();
    out_.gap();
    if (isGuest()) {
      out_.list(fmt::format("void {}::dispatch(", name),
                {fmt::format("{}& call", names_.library("Call"))}, ") {");
    } else {
      out_.list(fmt::format("{} {}::dispatch(", message, name),
                {fmt::format("{} method", names_.library("MethodId")),
                 fmt::format("const {}&{}", message, usesParams ? " params" : "")},
                ") {");
    }
    {
      Writer::Indented indented(out_);
      out_.line("switch ({}.interfaceId) {{", isGuest() ? "call.method()" : "method");
      {
        Writer::Indented cases(out_);
        emitDelegations(interface);
        out_.line("case {}::interfaceId:", names_.use(interface));
        Writer::Indented body(out_);
        emitCases(interface);
        out_.line("break;");
      }
      out_.line("}}");
      if (isGuest()) {
        out_.line("call.unimplemented(\"{}\");", interface.path);
      } else {
        out_.line("{}(\"{}\", method);", names_.library("throwUnimplemented"), interface.path);
      }
    }
    out_.line("}}");
  }

  // The methods of what is extended, which may be the same one several times.
  void emitDelegations(const Interface& interface) {
    std::set<const Interface*> done;
    for (const Interface* superclass : interface.superclasses) {
      std::vector<const Interface*> served = superclass->ancestors();
      served.insert(served.begin(), superclass);
      bool any = false;
      for (const Interface* each : served) {
        if (!done.insert(each).second) continue;
        out_.line("case {}::interfaceId:", names_.use(*each));
        any = true;
      }
      if (!any) continue;
      Writer::Indented body(out_);
      out_.line("return {}::dispatch({});", names_.use(*superclass, "Target"),
                isGuest() ? "call" : "method, params");
    }
  }

  void emitCases(const Interface& interface) {
    if (interface.methods.empty()) return;
    out_.line("switch ({}.method) {{", isGuest() ? "call.method()" : "method");
    {
      Writer::Indented cases(out_);
      for (const Method& method : interface.methods) emitCase(method);
    }
    out_.line("}}");
  }

  void emitCase(const Method& method) {
    if (isGuest()) {
      out_.line("case {}:", method.number);
      Writer::Indented indented(out_);
      out_.list("return call.serve(",
                {"*this", fmt::format("&{}::{}", CppNames::made(*method.interface, "Target"),
                                      CppNames::method(method))},
                ");");
      return;
    }
    const std::string params = names_.use(*method.params);
    const std::string name = CppNames::method(method);
    const bool isLocal = name == "method" || name == "params" || name == "results";
    const std::string call =
        fmt::format("{}{}({}::read(params.root()))", isLocal ? "this->" : "", name, params);
    const std::string bytes = bytesOf(*method.results, "results.");
    out_.line("case {}: {{", method.number);
    {
      Writer::Indented indented(out_);
      out_.line("const auto results = {};", call);
      out_.line("return {}(results{});", names_.library("resultsMessage"),
                bytes.empty() ? "" : ", " + bytes);
    }
    out_.line("}}");
  }

  bool isGuest() const { return names_.side() == CppSide::guest; }

  const File& file_;
  const CppNames& names_;
  Writer out_;
};

}  // namespace

std::string cppSource(const CppNames& names, const File& file) {
  return SourceEmitter(names, file).emit();
}

}  // namespace troop::proxy::compiler
