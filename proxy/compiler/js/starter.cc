#include "proxy/compiler/js/starter.h"

#include <filesystem>
#include <vector>

#include "proxy/compiler/js/names.h"
#include "proxy/compiler/writing/names.h"
#include "proxy/compiler/writing/output-file.h"
#include "proxy/compiler/writing/writer.h"

namespace troop::proxy::compiler {

std::string jsStarter(const Interface& interface) {
  const std::string name = JsNames::exported(interface);
  const std::filesystem::path module = outputPath(*interface.file, ".troop.js");
  std::vector<const Interface*> all = interface.ancestors();
  all.insert(all.begin(), &interface);
  Writer writer;
  writer.line("// @ts-check");
  writer.line("import {{ {} }} from \"./{}\";", name, module.generic_string());
  writer.gap();
  writer.line("export default class extends {}.Target {{", name);
  {
    Writer::Indented indented(writer);
    for (const Interface* each : all) {
      for (const Method& method : each->methods) {
        if (&method != &each->methods.front() || each != all.front()) writer.line();
        writer.line("/** @param {{{}.{}Params}} params */", name, capitalized(method.name));
        writer.line("{}(params) {{", JsNames::method(method));
        writer.line("  return {{}};");
        writer.line("}}");
      }
    }
  }
  writer.line("}}");
  return writer.text();
}

}  // namespace troop::proxy::compiler
