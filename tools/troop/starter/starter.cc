#include "tools/troop/starter/starter.h"

#include <fmt/format.h>

#include <cctype>
#include <cstdint>
#include <random>
#include <string_view>
#include <system_error>

#include "runtime/error.h"
#include "tools/troop/starter/guest-types.h"

namespace troop::starter {
namespace {

// "my-plugin" -> "MyPlugin"
std::string typeName(std::string_view name) {
  std::string type;
  bool begins = true;
  for (const char c : name) {
    if (c != '-') {
      type += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    begins = c == '-';
  }
  return type;
}

// "my-plugin" -> "my_plugin". What is a word of C++ becomes another one by what
// follows it.
std::string namespaceName(std::string name) {
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name + "_api";
}

std::string schemaText(const Starter& plugin) {
  std::random_device random;
  const std::uint64_t id = (std::uint64_t{random()} << 32 | random()) | std::uint64_t{1} << 63;
  return fmt::format(
      "@0x{:016x};\n"
      "# What {} serves, and hosts call.\n"
      "\n"
      "using Cxx = import \"/capnp/c++.capnp\";\n"
      "$Cxx.namespace(\"{}\");\n"
      "\n"
      "interface {} {{\n"
      "  greet @0 (name :Text) -> (greeting :Text);\n"
      "}}\n",
      id, plugin.name, namespaceName(plugin.name), plugin.interface);
}

std::string manifestText(const Starter& plugin) {
  const bool isCpp = plugin.language == Language::cpp;
  return fmt::format(
      "# It can compute and answer, nothing else; what more it may do stands under grants.\n"
      "[troop.{0}]\n"
      "code   = \"{0}.{1}\"\n"
      "serves = \"{2}:{3}\"\n"
      "limits = {{ memory = \"16M\", cpu-per-call = \"50ms\" }}\n"
      "grants.log = {{ rate = \"64K/s\" }}\n",
      plugin.name, isCpp ? "wasm" : "js", plugin.schema.generic_string(), plugin.interface);
}

// Editors check what asks for it, with @ts-check, against troop.d.ts and the
// bindings.
constexpr std::string_view editorText =
    "{\n"
    "  \"compilerOptions\": {\n"
    "    \"strict\": true,\n"
    "    \"lib\": [\"es5\"],\n"
    "    \"target\": \"esnext\",\n"
    "    \"module\": \"esnext\",\n"
    "    \"moduleResolution\": \"bundler\",\n"
    "    \"types\": []\n"
    "  },\n"
    "  \"include\": [\"*.js\", \"*.d.ts\"]\n"
    "}\n";

std::string shellWord(const std::filesystem::path& path) {
  const std::string text = path.lexically_normal().native();
  const bool isPlain =
      text.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./=:@%,") ==
      std::string::npos;
  if (isPlain && !text.starts_with('-')) return text;
  std::string shell = "'";
  for (const char c : text) shell += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return (text.starts_with('-') ? "./" : "") + shell + "'";
}

// The settings that C++ plugins are built with: those of the checkout that the
// user, or this program, stands in.
std::string pluginSettings() {
  const std::filesystem::path settings = "sandbox/sdk/cpp/plugin.cfg";
  std::error_code status;
  for (const std::filesystem::path& begin :
       {std::filesystem::current_path(status),
        std::filesystem::read_symlink("/proc/self/exe", status)}) {
    for (std::filesystem::path folder = begin; folder.has_relative_path();
         folder = folder.parent_path()) {
      if (!std::filesystem::exists(folder / settings, status)) continue;
      const std::filesystem::path shorter =
          (folder / settings).lexically_relative(std::filesystem::current_path(status));
      return shellWord(shorter.native().starts_with("..")
                           ? std::filesystem::canonical(folder / settings, status)
                           : shorter);
    }
  }
  return "$TROOP/" + settings.native();  // a checkout of Troop
}

}  // namespace

std::string codeFile(const Starter& plugin) {
  return plugin.name + (plugin.language == Language::cpp ? ".cc" : ".js");
}

binding::File schemaFile(Starter& plugin) {
  plugin.schema = plugin.name + ".capnp";
  plugin.interface = typeName(plugin.name);
  return {plugin.schema, schemaText(plugin)};
}

std::string greeting(const Starter& plugin, std::string code) {
  struct Body {
    std::string_view empty;
    std::string_view greeting;
  };
  constexpr Body javascript = {"greet(params) {\n    return {};",
                               "greet({ name }) {\n    return { greeting: `Hello, ${name}!` };"};
  constexpr Body cpp = {"greet(GreetParams /*params*/) override {\n    return GreetResults{};",
                        "greet(GreetParams params) override {\n"
                        "    return GreetResults{.greeting = \"Hello, \" + params.name + \"!\"};"};
  const Body& body = plugin.language == Language::cpp ? cpp : javascript;
  const std::size_t place = code.find(body.empty);
  if (place == std::string::npos) {
    throw Error(ErrorKind::failed, "a plugin of one method begins otherwise than expected");
  }
  return code.replace(place, body.empty.size(), body.greeting);
}

std::vector<binding::File> files(const Starter& plugin) {
  const bool isCpp = plugin.language == Language::cpp;
  std::vector<binding::File> files = {{"troop.toml", manifestText(plugin)}};
  if (!isCpp) {
    files.push_back({"jsconfig.json", std::string(editorText)});
    files.push_back({"troop.d.ts", guestTypes});
  }
  return files;
}

std::string nextSteps(const Starter& plugin, const std::filesystem::path& folder,
                      const std::string& program) {
  const bool isCpp = plugin.language == Language::cpp;
  const std::string schema = shellWord(folder / plugin.schema);
  const std::string manifest = shellWord(folder / "troop.toml");
  const std::string command = shellWord(program);
  const bool isBeside = !plugin.schema.has_parent_path();
  const std::string into = isBeside ? "" : " --into " + shellWord(folder);
  std::string text = fmt::format("{} is a plugin that works: {} serves {} of {}.\n\n",
                                 folder.native(), codeFile(plugin), plugin.interface, schema);
  if (isCpp) {
    std::string sources = shellWord(folder / codeFile(plugin));
    for (const std::string& source : plugin.sources) sources += " " + shellWord(folder / source);
    // Bindings include each other as their schemas lie.
    if (plugin.sources.size() > 1) sources += " -I " + shellWord(folder);
    text +=
        fmt::format("Build it, now and after each change:\n    clang++-19 --config={} {} -o {}\n",
                    pluginSettings(), sources, shellWord(folder / (plugin.name + ".wasm")));
  }
  // Where the schema is its own, its method is known.
  text += fmt::format("Check it, {}and host it until Ctrl-C:\n    {} check {}\n",
                      isBeside ? "call it, " : "", command, manifest);
  if (isBeside) {
    text += fmt::format("    {} call {} {} greet '{{\"name\": \"world\"}}'\n", command, manifest,
                        plugin.name);
  }
  text += fmt::format("    {} run {}\n", command, manifest);
  text +=
      fmt::format("After a change of the schema, write its bindings anew:\n    {} bind {}{}{}\n",
                  command, schema, isCpp ? " --lang cpp" : "", into);
  return text;
}

}  // namespace troop::starter
