// The schemas that Debian's Cap'n Proto ships: all are written in every language, and what is
// written for C++ compiles, which including it shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "proxy/compiler/testdata/installed/capnp/c++.troop.h"
#include "proxy/compiler/testdata/installed/capnp/compat/json.troop.h"
#include "proxy/compiler/testdata/installed/capnp/persistent.troop.h"
#include "proxy/compiler/testdata/installed/capnp/rpc-twoparty.troop.h"
#include "proxy/compiler/testdata/installed/capnp/rpc.troop.h"
#include "proxy/compiler/testdata/installed/capnp/schema.troop.h"
#include "proxy/compiler/testdata/installed/capnp/stream.troop.h"
#include "proxy/compiler/testing/schema-tool.h"

namespace troop::proxy::compiler {
namespace {

namespace fs = std::filesystem;

const fs::path include = "/usr/include";

// What is refused, and what the error says of it. Who makes one work takes it off this list, and
// includes what is written for it.
const std::map<std::string, std::string> refused = {};

const std::vector<std::string> included = {"capnp/c++.capnp",        "capnp/compat/json.capnp",
                                           "capnp/persistent.capnp", "capnp/rpc-twoparty.capnp",
                                           "capnp/rpc.capnp",        "capnp/schema.capnp",
                                           "capnp/stream.capnp"};

std::vector<std::string> installed() {
  std::vector<std::string> schemas;
  for (const auto& entry : fs::recursive_directory_iterator(include / "capnp")) {
    if (entry.path().extension() == ".capnp")
      schemas.push_back(entry.path().lexically_relative(include));
  }
  return schemas;
}

TEST(InstalledSchemas, areWrittenInEveryLanguageButForThoseListed) {
  const fs::path out = fs::path(testing::TempDir()) / "installed";
  for (const std::string& schema : installed()) {
    fs::remove_all(out);
    fs::create_directories(out);
    const std::string log = out / "log";
    const std::string command = "capnp compile -o./proxy/compiler/capnpc-troop:" + out.string() +
                                " --src-prefix=" + include.string() + " '" +
                                (include / schema).string() + "' >" + log + " 2>&1";
    // NOLINTNEXTLINE(cert-env33-c,bugprone-command-processor): a line of a shell is what is tested
    const int status = WEXITSTATUS(std::system(command.c_str()));
    std::ifstream file(log);
    const std::string said(std::istreambuf_iterator<char>(file), {});
    const auto known = refused.find(schema);
    if (known == refused.end()) {
      EXPECT_EQ(status, 0) << schema << ": " << said;
    } else {
      EXPECT_NE(status, 0) << schema << " works now: take it off the list";
      EXPECT_THAT(said, testing::HasSubstr(known->second));
    }
  }
}

TEST(InstalledSchemas, areAllIncludedHereButForThoseListed) {
  std::vector<std::string> expected = included;
  for (const auto& [schema, reason] : refused) expected.push_back(schema);
  EXPECT_THAT(installed(), testing::UnorderedElementsAreArray(expected));
}

TEST(InstalledSchemas, holdAnyPointers) {
  namespace rpc = capnp::rpc;
  const rpc::Payload payload{.content = capnp::schema::Node{.id = 7, .displayName = "seven"}};
  const rpc::Message message{.which = rpc::Message::Which::bootstrap,
                             .bootstrap = {.questionId = 3, .deprecatedObjectId = payload}};
  const SchemaTool tool(include / "capnp/rpc.capnp");
  EXPECT_EQ(tool.decode("Message", messageOf(message).bytes()),
            "(bootstrap = (questionId = 3, deprecatedObjectId = <opaque pointer>))");
  const rpc::Message read = rpc::Message::read(messageOf(message).root());
  EXPECT_EQ(read.bootstrap.deprecatedObjectId.as<rpc::Payload>()
                .content.as<capnp::schema::Node>()
                .displayName,
            "seven");
}

}  // namespace
}  // namespace troop::proxy::compiler
