// A SchemaTool is `capnp`, the schema compiler's own program, which encodes and decodes values of a
// schema by itself: what tests hold generated code against.
//
// Ownership: a value. Threads: one test at a time, which has the process to itself. Errors: what
// the tool refuses is a failure of the test. Misuse: texts that the tool would not write itself
// compare as different.
//
//   const SchemaTool tool("proxy/compiler/testdata/everything.capnp");
//   EXPECT_EQ(tool.decode("Tree", message.bytes()), "(value = 1)");
//   expectSame(tool, "Tree", tree, "(value = 1)");
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/builder.h"
#include "proxy/message.h"

namespace troop::proxy::compiler {

class SchemaTool {
 public:
  explicit SchemaTool(std::string schema) : schema_(std::move(schema)) {}

  // How the message is laid out: as Troop does, or a segment for each object.
  enum class Segments : unsigned char { one, many };

  // A message whose root is a `type`, written as the tool writes values.
  std::vector<std::byte> encode(std::string_view type, std::string_view text,
                                Segments segments = Segments::one) const;
  // The value, on one line.
  std::string decode(std::string_view type, std::span<const std::byte> message) const;

 private:
  std::string run(const std::string& command, std::string_view type, std::string_view input) const;

  const std::string schema_;
};

template <typename T>
Message messageOf(const T& value) {
  MessageBuilder builder = builderFor<T>();
  value.write(builder.root());
  return std::move(builder.finish({}).value());
}

// That `text` is how the tool writes `value`, and `value` what is read of it.
template <typename T>
void expectSame(const SchemaTool& tool, std::string_view type, const T& value,
                std::string_view text) {
  EXPECT_EQ(tool.decode(type, messageOf(value).bytes()), text);
  for (const auto segments : {SchemaTool::Segments::one, SchemaTool::Segments::many}) {
    const Expected<Message> message =
        Message::copyOf(tool.encode(type, text, segments), {}, {}, {.segmentsMax = 4096});
    EXPECT_EQ(T::read(message.value().root()), value);
  }
}

}  // namespace troop::proxy::compiler
