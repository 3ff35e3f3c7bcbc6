// The model of schema files that emitters write code from: what a schema declares, with names,
// types, places on the wire, defaults and documentation, and nothing that only one language needs.
//
// Ownership: a Model owns everything in it; all pointers in it point into it. Threads: one.
// Errors: what the model cannot express is reported to Diagnostics with file and line, and is left
// out; emit nothing from a Model with errors.
//
//   Diagnostics diagnostics(sources);
//   Model model = readModel(request, diagnostics);
//   for (const File* file : model.requestedFiles) emitter.emit(*file);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace troop::proxy::compiler {

struct Constant;
struct Declaration;
struct Enum;
struct Field;
struct File;
struct Interface;
struct Struct;

struct Type {
  enum class Kind : unsigned char {
    nothing,  // Void
    boolean,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
    float32,
    float64,
    text,
    data,
    list,
    enumeration,
    structure,
    interface,
    capability,  // a capability of any interface
    anyPointer,  // also AnyStruct, AnyList, and type parameters whatever they are bound to
  };

  Kind kind = Kind::nothing;
  std::shared_ptr<const Type> element;  // of a list
  const Enum* enumeration = nullptr;
  const Struct* structure = nullptr;
  const Interface* interface = nullptr;

  bool isPointer() const;
  bool isInteger() const;
  bool isCapability() const { return kind == Kind::interface || kind == Kind::capability; }
};

// A value in a schema: a default or a constant. What each alternative is for follows from the Type.
struct Value {
  struct Member;
  using List = std::vector<Value>;
  using Members = std::vector<Member>;  // of a struct: those in use, groups among them

  std::variant<std::monostate,  // Void, or a pointer that is null
               bool, std::int64_t,
               std::uint64_t,  // unsigned integers, ordinals of enums
               float, double, std::string, std::vector<std::byte>, List, Members>
      content;

  bool isNull() const { return std::holds_alternative<std::monostate>(content); }
};

struct Value::Member {
  const Field* field;
  Value value;
};

// What every declaration has. `path` is its place in the file, and what errors name: "Outer.Inner".
struct Declaration {
  std::uint64_t id = 0;
  std::string name;
  std::string path;
  std::string documentation;  // lines without their '#'
  const File* file = nullptr;
  const Declaration* parent = nullptr;               // null at the top of a file
  std::map<std::uint64_t, std::string> annotations;  // those whose value is a text
  std::vector<const Declaration*> nested;            // as declared
  virtual ~Declaration() = default;
};

struct Enumerant {
  std::string name;
  std::string documentation;
  std::map<std::uint64_t, std::string> annotations;
};

struct Enum : Declaration {
  std::vector<Enumerant> enumerants;  // by ordinal
};

struct Field {
  std::string name;
  std::string documentation;
  std::map<std::uint64_t, std::string> annotations;
  Type type;
  const Struct* group = nullptr;        // a group; then there is no type, offset or default
  unsigned offset = 0;                  // data: in units of its own size; pointers: its number
  Value defaultValue;                   // data: always; pointers: null unless declared
  bool declaresDefault = false;         // whatever it is
  bool hasDefault = false;              // declared, and other than zero or null
  bool recursive = false;               // a struct that contains the one that this field is in
  std::optional<std::uint16_t> member;  // its number in the union that it is a member of
};

struct Struct : Declaration {
  enum class Role : unsigned char { declared, group, parameters, results };

  Role role = Role::declared;
  unsigned dataWords = 0;
  unsigned pointers = 0;
  std::vector<Field> fields;         // as declared; members of the union last, by number
  std::optional<unsigned> unionTag;  // where the number of the member in use is, in 16 bits
  // Some struct that can be reached without a union has a capability: calls can be pipelined on it.
  bool pipelined = false;

  std::vector<const Field*> members() const;  // of its union
};

struct Method {
  std::string name;
  std::string documentation;
  std::map<std::uint64_t, std::string> annotations;
  std::uint16_t number = 0;
  const Interface* interface = nullptr;  // which declares it
  const Struct* params = nullptr;
  const Struct* results = nullptr;
  bool streaming = false;  // `-> stream`; its results are empty
};

struct Interface : Declaration {
  std::vector<Method> methods;  // as declared
  std::vector<const Interface*> superclasses;

  std::vector<const Interface*> ancestors() const;  // all, nearest first, each once
  bool inherits(const Interface& other) const;
};

struct Constant : Declaration {
  Type type;
  Value value;
};

struct File : Declaration {  // name and path: as given to `capnp compile`, without its prefix
  std::vector<const File*> imports;    // those whose declarations this one uses, by name
  std::vector<const Enum*> enums;      // all, nested ones too
  std::vector<const Struct*> structs;  // in an order in which each comes after what it contains
  std::vector<const Interface*>
      interfaces;  // in an order in which each comes after what it extends
  std::vector<const Constant*> constants;
};

struct Model {
  std::vector<std::unique_ptr<Declaration>> declarations;
  std::vector<const File*> requestedFiles;
};

// The struct at the end of a list of lists of it, or the type itself.
const Type& innermost(const Type& type);

// As schemas write them: "List(Text)", "render (markdown :Text) -> (html :Text)".
std::string describe(const Type& type);
std::string describe(const Method& method);

}  // namespace troop::proxy::compiler
