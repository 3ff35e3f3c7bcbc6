#include "proxy/compiler/cpp/starter.h"

#include <fmt/format.h>

#include <vector>

#include "proxy/compiler/cpp/names.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {
namespace {

// As it is named outside of every namespace.
std::string global(const Declaration& declaration) {
  const std::string space = CppNames::namespaceOf(*declaration.file);
  const std::string name = CppNames::flat(declaration);
  return space.empty() ? name : fmt::format("{}::{}", space, name);
}

}  // namespace

std::string guestCppStarter(const Interface& interface) {
  const CppNames names(*interface.file, CppSide::guest);
  std::vector<const Interface*> all = interface.ancestors();
  all.insert(all.begin(), &interface);
  Writer writer;
  writer.line("#include \"{}\"", names.header(*interface.file));
  writer.gap();
  const std::string name = "My" + CppNames::scoped(interface);
  writer.line("class {} final : public {}::Target {{", name, global(interface));
  {
    Writer::Indented indented(writer);
    for (const Interface* each : all) {
      for (const Method& method : each->methods) {
        if (&method != &each->methods.front() || each != all.front()) writer.line();
        const std::string begin = capitalized(method.name);
        writer.list(fmt::format("troop::Promise<{}Results> {}(", begin, CppNames::method(method)),
                    {fmt::format("{}Params /*params*/", begin)}, ") override {");
        writer.line("  return {}Results{{}};", begin);
        writer.line("}}");
      }
    }
  }
  writer.line("}};");
  writer.line("TROOP_PLUGIN({})", name);
  return writer.text();
}

}  // namespace troop::proxy::compiler
