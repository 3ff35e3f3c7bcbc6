#include "proxy/compiler/model/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <unordered_map>

namespace troop::proxy::compiler {
namespace {

using Contents = std::vector<const Struct*> (*)(const Struct& structure);

// What a struct needs complete before it can hold it, or a default value of it.
std::vector<const Struct*> held(const Struct& structure) {
  std::vector<const Struct*> found;
  for (const Field& field : structure.fields) {
    if (field.group != nullptr) found.push_back(field.group);
    const Type& type = innermost(field.type);
    const bool isHeld = field.type.kind == Type::Kind::structure || field.hasDefault;
    if (type.kind == Type::Kind::structure && isHeld) found.push_back(type.structure);
  }
  return found;
}

// What it refers to in any way, of its own file: what others use of a file does not change it.
std::vector<const Struct*> referred(const Struct& structure) {
  std::vector<const Struct*> found;
  for (const Field& field : structure.fields) {
    if (field.group != nullptr) found.push_back(field.group);
    const Type& type = innermost(field.type);
    const bool isStruct = type.kind == Type::Kind::structure;
    if (isStruct && type.structure->file == structure.file) found.push_back(type.structure);
  }
  return found;
}

// Tarjan's algorithm: structs that contain each other share a component, and components come out
// after all that they contain.
class Components {
 public:
  Components(const std::vector<Struct*>& structs, Contents contents) : contents_(contents) {
    for (const Struct* structure : structs) {
      if (!places_.contains(structure)) visit(*structure);
    }
  }

  const std::vector<const Struct*>& order() const { return order_; }
  bool same(const Struct& a, const Struct& b) const {
    return component_.at(&a) == component_.at(&b);
  }

 private:
  unsigned visit(const Struct& structure) {
    const unsigned place = static_cast<unsigned>(places_.size());
    places_.emplace(&structure, place);
    open_.push_back(&structure);
    unsigned lowest = place;
    for (const Struct* content : contents_(structure)) {
      const auto known = places_.find(content);
      if (known == places_.end()) {
        lowest = std::min(lowest, visit(*content));
      } else if (!component_.contains(content)) {
        lowest = std::min(lowest, known->second);
      }
    }
    if (lowest == place) close(structure);
    return lowest;
  }

  // All that were visited from `first` on are a component, in the order of their visits.
  void close(const Struct& first) {
    const auto begin = std::find(open_.begin(), open_.end(), &first);
    for (auto each = begin; each != open_.end(); ++each) {
      component_.emplace(*each, places_.at(&first));
      order_.push_back(*each);
    }
    open_.erase(begin, open_.end());
  }

  const Contents contents_;
  std::unordered_map<const Struct*, unsigned> places_;  // in the order of visits
  std::unordered_map<const Struct*, unsigned> component_;
  std::vector<const Struct*> open_;  // visited, in no component yet
  std::vector<const Struct*> order_;
};

class Orderer {
 public:
  Orderer(Model& model, Diagnostics& diagnostics) : model_(model), diagnostics_(diagnostics) {
    for (const auto& declaration : model.declarations) {
      auto* structure = dynamic_cast<Struct*>(declaration.get());
      // Parameters of methods whose interface was not passed on belong to no file.
      if (structure != nullptr && structure->file != nullptr) structs_.push_back(structure);
      if (auto* file = dynamic_cast<File*>(declaration.get())) files_.emplace(file, file);
    }
  }

  void order() {
    markRecursive();
    markPipelined();
    sortStructs();
    for (const auto& declaration : model_.declarations) {
      if (declaration->file == nullptr) continue;
      File& file = *files_.at(declaration->file);
      if (auto* interface = dynamic_cast<Interface*>(declaration.get())) {
        addInterface(file, *interface);
      } else if (auto* enumeration = dynamic_cast<Enum*>(declaration.get())) {
        file.enums.push_back(enumeration);
      } else if (auto* constant = dynamic_cast<Constant*>(declaration.get())) {
        file.constants.push_back(constant);
      }
    }
    findImports();
    for (const File* file : model_.requestedFiles) checkImports(*file);
  }

 private:
  void markRecursive() {
    const Components components(structs_, held);
    for (Struct* structure : structs_) {
      for (Field& field : structure->fields) {
        const Type& type = innermost(field.type);
        if (field.group != nullptr || type.kind != Type::Kind::structure) continue;
        if (!components.same(*structure, *type.structure)) continue;
        field.recursive = field.type.kind == Type::Kind::structure;
        if (field.hasDefault) {
          error(*structure, field.name,
                "a field whose struct contains this one cannot have a default value");
        }
      }
    }
  }

  void markPipelined() {
    for (bool changed = true; changed;) {
      changed = false;
      for (Struct* structure : structs_) {
        if (structure->pipelined) continue;
        for (const Field& field : structure->fields) {
          const Struct* inner = field.group != nullptr ? field.group : field.type.structure;
          const bool leads = field.type.isCapability() || (inner != nullptr && inner->pipelined);
          if (leads && !field.member) structure->pipelined = changed = true;
        }
      }
    }
  }

  // What a struct holds of its own file is before it. So is what its lists are of, where that is
  // possible.
  void sortStructs() {
    std::set<const Struct*> done;
    const std::function<void(const Struct*)> add = [&](const Struct* structure) {
      if (!done.insert(structure).second) return;
      for (const Field& field : structure->fields) {
        if (field.group != nullptr) add(field.group);
        const Type& type = innermost(field.type);
        // Recursive fields hold their struct indirectly, so nothing is in a circle here.
        const bool isHeld = field.type.kind == Type::Kind::structure && !field.recursive;
        if (type.kind != Type::Kind::structure || type.structure->file != structure->file) continue;
        if (isHeld || field.hasDefault) add(type.structure);
      }
      files_.at(structure->file)->structs.push_back(structure);
    };
    const Components components(structs_, referred);
    for (const Struct* structure : components.order()) add(structure);
  }

  void addInterface(File& file, const Interface& interface) {
    for (const Interface* superclass : interface.superclasses) {
      if (superclass->file == interface.file) addInterface(file, *superclass);
    }
    auto& sorted = file.interfaces;
    if (std::find(sorted.begin(), sorted.end(), &interface) == sorted.end()) {
      sorted.push_back(&interface);
    }
  }

  void findImports() {
    const auto use = [this](const Declaration& user, const Declaration* used) {
      if (used == nullptr || used->file == user.file) return;
      auto& imports = files_.at(user.file)->imports;
      if (std::find(imports.begin(), imports.end(), used->file) == imports.end()) {
        imports.push_back(used->file);
      }
    };
    const auto useType = [&](const Declaration& user, const Type& type) {
      const Type& inner = innermost(type);
      use(user, inner.enumeration);
      use(user, inner.structure);
      use(user, inner.interface);
    };
    for (const auto& declaration : model_.declarations) {
      if (declaration->file == nullptr) continue;
      if (auto* structure = dynamic_cast<Struct*>(declaration.get())) {
        for (const Field& field : structure->fields) useType(*structure, field.type);
      } else if (auto* interface = dynamic_cast<Interface*>(declaration.get())) {
        for (const Interface* ancestor : interface->ancestors()) use(*interface, ancestor);
        for (const Method& method : interface->methods) {
          use(*interface, method.params);
          use(*interface, method.results);
        }
      } else if (auto* constant = dynamic_cast<Constant*>(declaration.get())) {
        useType(*constant, constant->type);
      }
    }
    for (const auto& [key, file] : files_) {
      std::sort(file->imports.begin(), file->imports.end(),
                [](const File* a, const File* b) { return a->path < b->path; });
    }
  }

  // Reports the shortest way from a file over its imports back to itself.
  void checkImports(const File& file) {
    std::vector<const File*> reached = {&file};
    std::unordered_map<const File*, const File*> users;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const File* import : reached[i]->imports) {
        if (!users.emplace(import, reached[i]).second) continue;
        if (import != &file) reached.push_back(import);
      }
    }
    if (!users.contains(&file)) return;
    std::string circle = file.path;
    for (const File* user = users.at(&file); user != &file; user = users.at(user)) {
      circle = fmt::format("{} -> {}", user->path, circle);
    }
    error(file, "",
          fmt::format("files use each other in a circle, {} -> {}: put what they share into a file "
                      "of its own",
                      file.path, circle));
  }

  void error(const Declaration& place, std::string_view member, std::string_view what) {
    const auto& requested = model_.requestedFiles;
    if (std::find(requested.begin(), requested.end(), place.file) == requested.end()) return;
    const bool isFile = &place == place.file;
    const std::string path = isFile ? "" : fmt::format("{}.{}", place.path, member);
    diagnostics_.error(place.file->path, path,
                       isFile ? std::string(what) : fmt::format("{}: {}", path, what));
  }

  Model& model_;
  Diagnostics& diagnostics_;
  std::vector<Struct*> structs_;
  std::unordered_map<const File*, File*> files_;
};

}  // namespace

void orderDeclarations(Model& model, Diagnostics& diagnostics) {
  Orderer(model, diagnostics).order();
}

}  // namespace troop::proxy::compiler
