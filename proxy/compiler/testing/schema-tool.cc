#include "proxy/compiler/testing/schema-tool.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace troop::proxy::compiler {

std::vector<std::byte> SchemaTool::encode(std::string_view type, std::string_view text,
                                          Segments segments) const {
  const std::string message =
      run(segments == Segments::many ? "encode --segment-size=1" : "encode", type, text);
  const auto bytes = std::as_bytes(std::span(message));
  return {bytes.begin(), bytes.end()};
}

std::string SchemaTool::decode(std::string_view type, std::span<const std::byte> message) const {
  const auto* bytes = reinterpret_cast<const char*>(message.data());
  std::string text = run("decode --short", type, {bytes, message.size()});
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string SchemaTool::run(const std::string& command, std::string_view type,
                            std::string_view input) const {
  const std::string in = testing::TempDir() + "/schema-tool-input";
  const std::string out = testing::TempDir() + "/schema-tool-output";
  std::ofstream(in, std::ios::binary) << input;
  const std::string line =
      "capnp " + command + " " + schema_ + " " + std::string(type) + " <" + in + " >" + out;
  // NOLINTNEXTLINE(cert-env33-c,bugprone-command-processor): it reads and writes files
  EXPECT_EQ(std::system(line.c_str()), 0) << line;
  std::ifstream result(out, std::ios::binary);
  return {std::istreambuf_iterator<char>(result), {}};
}

}  // namespace troop::proxy::compiler
