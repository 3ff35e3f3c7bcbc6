#include "proxy/compiler/model/read-model.h"

#include <capnp/dynamic.h>
#include <capnp/schema-loader.h>
#include <capnp/schema.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>

#include "proxy/compiler/model/order.h"

namespace troop::proxy::compiler {
namespace {

namespace schema = capnp::schema;

constexpr std::uint64_t streamResultId = 0x995f9a3377c0b16e;  // of capnp/stream.capnp

std::string toString(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

std::map<std::uint64_t, std::string> textAnnotations(
    capnp::List<schema::Annotation>::Reader annotations) {
  std::map<std::uint64_t, std::string> texts;
  for (schema::Annotation::Reader annotation : annotations) {
    const schema::Value::Reader value = annotation.getValue();
    if (value.isText()) texts.emplace(annotation.getId(), toString(value.getText()));
  }
  return texts;
}

class ModelReader {
 public:
  ModelReader(schema::CodeGeneratorRequest::Reader request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics) {}

  Model read() {
    for (schema::Node::Reader node : request_.getNodes()) {
      nodes_.emplace(node.getId(), node);
      loader_.loadOnce(node);
    }
    for (schema::Node::SourceInfo::Reader info : request_.getSourceInfo()) {
      sourceInfo_.emplace(info.getId(), info);
    }
    for (schema::CodeGeneratorRequest::RequestedFile::Reader file : request_.getRequestedFiles()) {
      requested_.insert(file.getId());
    }
    for (schema::Node::Reader node : request_.getNodes()) declare(node.getId());
    // Types refer to each other in any order, so all exist before any is filled in.
    for (schema::Node::Reader node : request_.getNodes()) define(node);
    // Defaults refer to the fields of other structs.
    for (schema::Node::Reader node : request_.getNodes()) defineValues(node);
    for (schema::CodeGeneratorRequest::RequestedFile::Reader file : request_.getRequestedFiles()) {
      model_.requestedFiles.push_back(find<File>(file.getId()));
    }
    for (const auto& declaration : model_.declarations) {
      if (auto* interface = dynamic_cast<Interface*>(declaration.get())) checkMethods(*interface);
    }
    if (diagnostics_.empty()) orderDeclarations(model_, diagnostics_);
    return std::move(model_);
  }

 private:
  template <typename T>
  T* find(std::uint64_t id) const {
    const auto found = declarations_.find(id);
    return found == declarations_.end() ? nullptr : dynamic_cast<T*>(found->second);
  }

  template <typename T>
  T* add(schema::Node::Reader node) {
    auto declaration = std::make_unique<T>();
    T* added = declaration.get();
    model_.declarations.push_back(std::move(declaration));
    added->id = node.getId();
    added->annotations = textAnnotations(node.getAnnotations());
    declarations_.emplace(node.getId(), added);
    return added;
  }

  void report(const Declaration& place, std::string_view member, std::string_view what) {
    if (!requested_.contains(place.file->id)) return;
    const std::string path = member.empty()       ? place.path
                             : place.path.empty() ? std::string(member)
                                                  : fmt::format("{}.{}", place.path, member);
    diagnostics_.error(place.file->path, path, fmt::format("{}: {}", path, what));
  }

  // Makes what a node declares, and first what it is declared in; null for annotations.
  Declaration* declare(std::uint64_t id) {
    if (Declaration* known = find<Declaration>(id)) return known;
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return nullptr;
    const schema::Node::Reader node = found->second;
    Declaration* parent = node.getScopeId() == 0 ? nullptr : declare(node.getScopeId());
    Declaration* added = nullptr;
    switch (node.which()) {
      case schema::Node::FILE:
        added = add<File>(node);
        break;
      case schema::Node::STRUCT:
        added = add<Struct>(node);
        break;
      case schema::Node::ENUM:
        added = add<Enum>(node);
        break;
      case schema::Node::INTERFACE:
        added = add<Interface>(node);
        break;
      case schema::Node::CONST:
        added = add<Constant>(node);
        break;
      default:
        return nullptr;
    }
    const auto info = sourceInfo_.find(id);
    if (info != sourceInfo_.end()) added->documentation = toString(info->second.getDocComment());
    if (node.isFile()) {
      added->name = added->path = toString(node.getDisplayName());
      added->file = static_cast<File*>(added);
    } else {
      place(*added, parent, node);
    }
    return added;
  }

  // Where a declaration is. The structs of a method's parameters and results are in no scope; they
  // are given one with their interface.
  void place(Declaration& declaration, const Declaration* parent, schema::Node::Reader node) {
    const std::string displayName = toString(node.getDisplayName());
    declaration.name = displayName.substr(node.getDisplayNamePrefixLength());
    if (parent == nullptr) return;
    declaration.file = parent->file;
    if (dynamic_cast<const File*>(parent) == nullptr) declaration.parent = parent;
    declaration.path = parent->path.empty() || declaration.parent == nullptr
                           ? declaration.name
                           : fmt::format("{}.{}", parent->path, declaration.name);
  }

  void define(schema::Node::Reader node) {
    Declaration* declaration = find<Declaration>(node.getId());
    if (declaration == nullptr) return;
    for (schema::Node::NestedNode::Reader nested : node.getNestedNodes()) {
      if (Declaration* inner = find<Declaration>(nested.getId())) {
        inner->name = toString(nested.getName());
        declaration->nested.push_back(inner);
      }
    }
    if (auto* structure = dynamic_cast<Struct*>(declaration)) {
      // Those of parameters and results are defined with their methods.
      if (node.getScopeId() != 0) defineStruct(*structure, node);
    } else if (auto* enumeration = dynamic_cast<Enum*>(declaration)) {
      defineEnum(*enumeration, node.getEnum());
    } else if (auto* interface = dynamic_cast<Interface*>(declaration)) {
      defineInterface(*interface, node.getInterface());
    } else if (auto* constant = dynamic_cast<Constant*>(declaration)) {
      constant->type = type(node.getConst().getType());
    }
  }

  std::string memberDocumentation(std::uint64_t id, unsigned index) const {
    const auto info = sourceInfo_.find(id);
    if (info == sourceInfo_.end() || index >= info->second.getMembers().size()) return "";
    return toString(info->second.getMembers()[index].getDocComment());
  }

  void defineEnum(Enum& enumeration, schema::Node::Enum::Reader node) {
    unsigned index = 0;
    for (schema::Enumerant::Reader enumerant : node.getEnumerants()) {
      enumeration.enumerants.push_back({toString(enumerant.getName()),
                                        memberDocumentation(enumeration.id, index++),
                                        textAnnotations(enumerant.getAnnotations())});
    }
  }

  void defineStruct(Struct& structure, schema::Node::Reader node) {
    const schema::Node::Struct::Reader shape = node.getStruct();
    if (shape.getIsGroup()) structure.role = Struct::Role::group;
    structure.dataWords = shape.getDataWordCount();
    structure.pointers = shape.getPointerCount();
    if (shape.getDiscriminantCount() != 0) structure.unionTag = shape.getDiscriminantOffset();

    std::vector<std::pair<unsigned, Field>> fields;  // with their order in the source
    unsigned index = 0;
    for (schema::Field::Reader from : shape.getFields()) {
      Field field;
      field.name = toString(from.getName());
      field.documentation = memberDocumentation(structure.id, index++);
      field.annotations = textAnnotations(from.getAnnotations());
      if (from.getDiscriminantValue() != schema::Field::NO_DISCRIMINANT) {
        field.member = from.getDiscriminantValue();
      }
      if (from.isGroup()) {
        field.group = find<Struct>(from.getGroup().getTypeId());
      } else {
        field.type = type(from.getSlot().getType());
        field.offset = from.getSlot().getOffset();
      }
      const unsigned place = field.member ? 0x10000u + *field.member : from.getCodeOrder();
      fields.emplace_back(place, std::move(field));
    }
    std::sort(fields.begin(), fields.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, field] : fields) structure.fields.push_back(std::move(field));
  }

  void defineInterface(Interface& interface, schema::Node::Interface::Reader node) {
    for (schema::Superclass::Reader superclass : node.getSuperclasses()) {
      interface.superclasses.push_back(find<Interface>(superclass.getId()));
    }
    std::vector<std::pair<unsigned, Method>> methods;
    std::uint16_t number = 0;
    for (schema::Method::Reader from : node.getMethods()) {
      Method method;
      method.name = toString(from.getName());
      method.documentation = memberDocumentation(interface.id, number);
      method.annotations = textAnnotations(from.getAnnotations());
      method.number = number++;
      method.interface = &interface;
      method.streaming = from.getResultStructType() == streamResultId;
      method.params =
          methodStruct(from.getParamStructType(), interface, method, Struct::Role::parameters);
      method.results = method.streaming ? emptyResults(interface, method)
                                        : methodStruct(from.getResultStructType(), interface,
                                                       method, Struct::Role::results);
      methods.emplace_back(from.getCodeOrder(), std::move(method));
    }
    std::sort(methods.begin(), methods.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [place, method] : methods) interface.methods.push_back(std::move(method));
  }

  // The struct of a method's parameters or results: one declared elsewhere, or one of its own.
  const Struct* methodStruct(std::uint64_t id, const Interface& interface, const Method& method,
                             Struct::Role role) {
    auto* structure = find<Struct>(id);
    if (nodes_.at(id).getScopeId() != 0) return structure;
    adopt(*structure, interface, method, role);
    defineStruct(*structure, nodes_.at(id));
    structure->role = role;
    return structure;
  }

  const Struct* emptyResults(const Interface& interface, const Method& method) {
    auto results = std::make_unique<Struct>();
    adopt(*results, interface, method, Struct::Role::results);
    model_.declarations.push_back(std::move(results));
    return static_cast<Struct*>(model_.declarations.back().get());
  }

  static void adopt(Struct& structure, const Interface& interface, const Method& method,
                    Struct::Role role) {
    structure.role = role;
    structure.name = method.name;
    structure.path = fmt::format("{}.{}${}", interface.path, method.name,
                                 role == Struct::Role::parameters ? "Params" : "Results");
    structure.file = interface.file;
    structure.parent = &interface;
  }

  // Brands are passed over: what a type parameter is bound to is known to who uses the field.
  Type type(schema::Type::Reader from) const {
    Type type;
    switch (from.which()) {
      case schema::Type::LIST:
        type.kind = Type::Kind::list;
        type.element = std::make_shared<Type>(this->type(from.getList().getElementType()));
        break;
      case schema::Type::ENUM:
        type.kind = Type::Kind::enumeration;
        type.enumeration = find<Enum>(from.getEnum().getTypeId());
        break;
      case schema::Type::STRUCT:
        type.kind = Type::Kind::structure;
        type.structure = find<Struct>(from.getStruct().getTypeId());
        break;
      case schema::Type::INTERFACE:
        type.kind = Type::Kind::interface;
        type.interface = find<Interface>(from.getInterface().getTypeId());
        break;
      case schema::Type::ANY_POINTER:
        type.kind = from.getAnyPointer().isUnconstrained() &&
                            from.getAnyPointer().getUnconstrained().isCapability()
                        ? Type::Kind::capability
                        : Type::Kind::anyPointer;
        break;
      default:
        type.kind = scalarKind(from.which());
    }
    return type;
  }

  static Type::Kind scalarKind(schema::Type::Which which) {
    using Kind = Type::Kind;
    switch (which) {
      case schema::Type::BOOL:
        return Kind::boolean;
      case schema::Type::INT8:
        return Kind::int8;
      case schema::Type::INT16:
        return Kind::int16;
      case schema::Type::INT32:
        return Kind::int32;
      case schema::Type::INT64:
        return Kind::int64;
      case schema::Type::UINT8:
        return Kind::uint8;
      case schema::Type::UINT16:
        return Kind::uint16;
      case schema::Type::UINT32:
        return Kind::uint32;
      case schema::Type::UINT64:
        return Kind::uint64;
      case schema::Type::FLOAT32:
        return Kind::float32;
      case schema::Type::FLOAT64:
        return Kind::float64;
      case schema::Type::TEXT:
        return Kind::text;
      case schema::Type::DATA:
        return Kind::data;
      default:
        return Kind::nothing;
    }
  }

  void defineValues(schema::Node::Reader node) {
    if (auto* constant = find<Constant>(node.getId())) {
      const capnp::ConstSchema declared = loader_.get(node.getId()).asConst();
      constant->value = value(declared.as<capnp::DynamicValue>(), constant->type);
      checkTyped(*constant, "");
      return;
    }
    auto* structure = find<Struct>(node.getId());
    if (structure == nullptr) return;
    const capnp::StructSchema declared = loader_.get(node.getId()).asStruct();
    for (Field& field : structure->fields) {
      if (field.group != nullptr) continue;
      defineDefault(field, declared.getFieldByName(field.name.c_str()));
      checkTyped(*structure, field.name);
    }
  }

  void checkTyped(const Declaration& place, std::string_view member) {
    if (!untyped_.empty()) {
      report(place, member,
             fmt::format("a default or constant cannot have a value for {}, whose type is a "
                         "parameter",
                         untyped_));
    }
    untyped_.clear();
  }

  void defineDefault(Field& field, capnp::StructSchema::Field declared) {
    const schema::Field::Slot::Reader slot = declared.getProto().getSlot();
    const schema::Value::Reader from = slot.getDefaultValue();
    field.declaresDefault = slot.getHadExplicitDefault();
    if (field.type.isPointer()) {
      if (!field.declaresDefault || field.type.isCapability()) return;
      field.defaultValue = pointerDefault(from, declared.getType(), field.type);
      field.hasDefault = !field.defaultValue.isNull();
      return;
    }
    field.defaultValue = scalarDefault(from);
    // Bits decide, as they do on the wire: -0.0 is not the default 0.0.
    field.hasDefault = field.declaresDefault && std::visit(IsNotZero{}, field.defaultValue.content);
  }

  struct IsNotZero {
    bool operator()(bool value) const { return value; }
    bool operator()(std::int64_t value) const { return value != 0; }
    bool operator()(std::uint64_t value) const { return value != 0; }
    bool operator()(float value) const { return value != 0 || std::signbit(value); }
    bool operator()(double value) const { return value != 0 || std::signbit(value); }
    template <typename T>
    bool operator()(const T&) const {
      return false;
    }
  };

  Value pointerDefault(schema::Value::Reader from, capnp::Type declared, const Type& type) {
    switch (from.which()) {
      case schema::Value::TEXT:
        return {toString(from.getText())};
      case schema::Value::DATA:
        return value(capnp::DynamicValue::Reader(from.getData()), type);
      case schema::Value::STRUCT:
        if (from.getStruct().isNull()) return {};
        return value(from.getStruct().getAs<capnp::DynamicStruct>(declared.asStruct()), type);
      case schema::Value::LIST:
        if (from.getList().isNull()) return {};
        return value(from.getList().getAs<capnp::DynamicList>(declared.asList()), type);
      default:
        return {};
    }
  }

  static Value scalarDefault(schema::Value::Reader from) {
    switch (from.which()) {
      case schema::Value::BOOL:
        return {from.getBool()};
      case schema::Value::INT8:
        return {std::int64_t{from.getInt8()}};
      case schema::Value::INT16:
        return {std::int64_t{from.getInt16()}};
      case schema::Value::INT32:
        return {std::int64_t{from.getInt32()}};
      case schema::Value::INT64:
        return {std::int64_t{from.getInt64()}};
      case schema::Value::UINT8:
        return {std::uint64_t{from.getUint8()}};
      case schema::Value::UINT16:
        return {std::uint64_t{from.getUint16()}};
      case schema::Value::UINT32:
        return {std::uint64_t{from.getUint32()}};
      case schema::Value::UINT64:
        return {std::uint64_t{from.getUint64()}};
      case schema::Value::FLOAT32:
        return {from.getFloat32()};
      case schema::Value::FLOAT64:
        return {from.getFloat64()};
      case schema::Value::ENUM:
        return {std::uint64_t{from.getEnum()}};
      default:
        return {};
    }
  }

  Value value(capnp::DynamicValue::Reader from, const Type& type) {
    switch (type.kind) {
      case Type::Kind::boolean:
        return {from.as<bool>()};
      case Type::Kind::float32:
        return {from.as<float>()};
      case Type::Kind::float64:
        return {from.as<double>()};
      case Type::Kind::text:
        return {toString(from.as<capnp::Text>())};
      case Type::Kind::data: {
        const capnp::Data::Reader bytes = from.as<capnp::Data>();
        const auto* begin = reinterpret_cast<const std::byte*>(bytes.begin());
        return {std::vector<std::byte>(begin, begin + bytes.size())};
      }
      case Type::Kind::enumeration:
        return {std::uint64_t{from.as<capnp::DynamicEnum>().getRaw()}};
      case Type::Kind::list: {
        Value::List list;
        for (capnp::DynamicValue::Reader element : from.as<capnp::DynamicList>()) {
          list.push_back(value(element, *type.element));
        }
        return {std::move(list)};
      }
      case Type::Kind::structure:
        return {members(from.as<capnp::DynamicStruct>(), *type.structure)};
      case Type::Kind::uint8:
      case Type::Kind::uint16:
      case Type::Kind::uint32:
      case Type::Kind::uint64:
        return {from.as<std::uint64_t>()};
      case Type::Kind::int8:
      case Type::Kind::int16:
      case Type::Kind::int32:
      case Type::Kind::int64:
        return {from.as<std::int64_t>()};
      default:
        return {};
    }
  }

  // Every field, except members of a union that are not in use, and structs that are absent.
  Value::Members members(capnp::DynamicStruct::Reader from, const Struct& structure) {
    Value::Members members;
    KJ_IF_MAYBE (used, from.which()) {
      for (const Field& field : structure.fields) {
        if (field.member && field.name == toString(used->getProto().getName())) {
          members.push_back({&field, member(from, field)});
        }
      }
    }
    for (const Field& field : structure.fields) {
      if (!field.member) members.push_back({&field, member(from, field)});
    }
    return members;
  }

  Value member(capnp::DynamicStruct::Reader from, const Field& field) {
    if (field.group != nullptr) {
      return {members(from.get(field.name.c_str()).as<capnp::DynamicStruct>(), *field.group)};
    }
    if (field.type.isCapability()) return {};
    const bool absent = field.type.isPointer() && !from.has(field.name.c_str());
    if (field.type.kind == Type::Kind::anyPointer) {
      if (!absent) untyped_ = field.name;
      return {};
    }
    return absent ? Value{} : value(from.get(field.name.c_str()), field.type);
  }

  // Guest languages find methods by name, so two of one name cannot be told apart.
  void checkMethods(const Interface& interface) {
    std::map<std::string, const Interface*> known;
    std::vector<const Interface*> all = interface.ancestors();
    all.push_back(&interface);
    for (const Interface* each : all) {
      for (const Method& method : each->methods) {
        const auto [place, added] = known.emplace(method.name, each);
        if (added || isKnownConflict(interface, *place->second, *each)) continue;
        report(interface, each == &interface ? method.name : "",
               fmt::format("has two methods '{}', of {} and of {}: rename one", method.name,
                           place->second->path, each->path));
      }
    }
  }

  // Whether one of the superclasses has the same conflict, and reports it.
  static bool isKnownConflict(const Interface& interface, const Interface& a, const Interface& b) {
    for (const Interface* superclass : interface.superclasses) {
      const bool hasA = superclass == &a || superclass->inherits(a);
      const bool hasB = superclass == &b || superclass->inherits(b);
      if (hasA && hasB) return true;
    }
    return false;
  }

  schema::CodeGeneratorRequest::Reader request_;
  Diagnostics& diagnostics_;
  capnp::SchemaLoader loader_;
  std::unordered_map<std::uint64_t, schema::Node::Reader> nodes_;
  std::unordered_map<std::uint64_t, schema::Node::SourceInfo::Reader> sourceInfo_;
  std::set<std::uint64_t> requested_;
  std::string untyped_;  // a field that the value read last has and whose type is a parameter
  std::unordered_map<std::uint64_t, Declaration*> declarations_;
  Model model_;
};

}  // namespace

Model readModel(schema::CodeGeneratorRequest::Reader request, Diagnostics& diagnostics) {
  return ModelReader(request, diagnostics).read();
}

}  // namespace troop::proxy::compiler
