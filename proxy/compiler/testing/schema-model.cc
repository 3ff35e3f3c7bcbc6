#include "proxy/compiler/testing/schema-model.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <kj/io.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "proxy/compiler/model/diagnostics.h"
#include "proxy/compiler/model/read-model.h"
#include "proxy/compiler/model/schema-sources.h"

namespace troop::proxy::compiler {

namespace fs = std::filesystem;

SchemaModel::SchemaModel(std::string_view text, const std::map<std::string, std::string>& more) {
  const fs::path folder = fs::path(testing::TempDir()) / "schema-model";
  fs::remove_all(folder);
  fs::create_directories(folder);
  std::uint64_t id = 0xb0a1b2c3d4e5f600;
  const auto write = [&](std::string_view name, std::string_view content) {
    std::ofstream(folder / name) << fmt::format("@0x{:x};\n{}", id++, content);
  };
  write("main.capnp", text);
  for (const auto& [name, content] : more) write(name, content);

  const std::string command = fmt::format(
      "capnp compile -o- --src-prefix={0} {0}/main.capnp >{0}/request", folder.string());
  // NOLINTNEXTLINE(cert-env33-c,bugprone-command-processor): the tool writes through a redirection
  EXPECT_EQ(std::system(command.c_str()), 0) << text;
  kj::AutoCloseFd file(open((folder / "request").c_str(), O_RDONLY | O_CLOEXEC));
  request_ = std::make_unique<capnp::StreamFdMessageReader>(kj::mv(file));

  SchemaSources sources({folder});
  Diagnostics diagnostics(sources);
  model_ = readModel(request(), diagnostics);
  errors_ = diagnostics.text();
}

SchemaModel::~SchemaModel() = default;

capnp::schema::CodeGeneratorRequest::Reader SchemaModel::request() const {
  return request_->getRoot<capnp::schema::CodeGeneratorRequest>();
}

template <typename T>
const T& SchemaModel::declared(std::string_view path) const {
  for (const auto& declaration : model_.declarations) {
    const auto* found = dynamic_cast<const T*>(declaration.get());
    if (found != nullptr && found->path == path) return *found;
  }
  throw std::out_of_range(fmt::format("the schema declares no such '{}'", path));
}

template const Struct& SchemaModel::declared(std::string_view) const;
template const Interface& SchemaModel::declared(std::string_view) const;
template const Enum& SchemaModel::declared(std::string_view) const;
template const Constant& SchemaModel::declared(std::string_view) const;

const Field& SchemaModel::field(std::string_view structurePath, std::string_view name) const {
  for (const Field& field : structure(structurePath).fields) {
    if (field.name == name) return field;
  }
  throw std::out_of_range(fmt::format("{} has no field '{}'", structurePath, name));
}

const Method& SchemaModel::method(std::string_view interfacePath, std::string_view name) const {
  for (const Method& method : interface(interfacePath).methods) {
    if (method.name == name) return method;
  }
  throw std::out_of_range(fmt::format("{} has no method '{}'", interfacePath, name));
}

}  // namespace troop::proxy::compiler
