// Messages from bytes: read as they lie, as far as pointers lead, and as values of a schema that
// has everything; what could be read is written, and reads the same again.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "proxy/builder.h"
#include "proxy/compiler/testdata/everything.troop.h"
#include "proxy/message.h"
#include "runtime/error.h"
#include "runtime/testing/choices.h"
#include "tests/attack/explorer.h"

namespace troop::tests {
namespace {

using proxy::Message;

// The bytes as framed, or as the one segment of a message, which is what a fuzzer gets right
// sooner.
Expected<Message> messageOf(Choices& choices, std::span<const std::uint8_t> bytes) {
  const std::vector<proxy::Capability> capabilities(
      choices.upTo(2), proxy::Capability::broken(Error(ErrorKind::failed, "nobody")));
  if (choices.oneIn(4)) return Message::copyOf(std::as_bytes(bytes), capabilities, nullptr);
  const std::size_t words = bytes.size() / 8;
  std::vector<std::byte> framed(8 + words * 8);
  const auto count = static_cast<std::uint32_t>(words);
  std::memcpy(framed.data() + 4, &count, sizeof count);
  if (words != 0) std::memcpy(framed.data() + 8, bytes.data(), words * 8);
  return Message::copyOf(framed, capabilities, nullptr);
}

template <typename Value>
std::vector<std::byte> written(const Value& value) {
  proxy::MessageBuilder builder(Value::dataWords, Value::pointers);
  value.write(builder.root());
  const Message message = builder.finish(nullptr, {.bytesMax = std::size_t{1} << 30}).value();
  return {message.bytes().begin(), message.bytes().end()};
}

// A value is read, or refused with an error; a value that was read is one that can be written.
template <typename Value>
void asValue(const Message& message) {
  std::vector<std::byte> first;
  try {
    first = written(Value::read(message.root()));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::failed) std::abort();
    return;
  }
  const Expected<Message> copy =
      Message::copyOf(first, message.capabilities(), nullptr, {.bytesMax = std::size_t{1} << 30});
  if (copy.failed()) std::abort();
  try {
    if (written(Value::read(copy.value().root())) != first) std::abort();
  } catch (const Error& error) {
    // What was shared in the message is there several times now, which may be more than may be
    // read.
    if (error.detail() != ErrorDetail::badMessage) std::abort();
  }
}

void readAs(unsigned kind, const Message& message) {
  switch (kind) {
    case 0:
      return asValue<test::Scalars>(message);
    case 1:
      return asValue<test::Defaults>(message);
    case 2:
      return asValue<test::Lists>(message);
    case 3:
      return asValue<test::Shape>(message);
    default:
      return asValue<test::Groups>(message);
  }
}

}  // namespace
}  // namespace troop::tests

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  using namespace troop::tests;
  constexpr std::size_t choicesBytes = 3;
  if (count < choicesBytes) return 0;
  Choices choices({bytes, choicesBytes});
  const auto message = messageOf(choices, {bytes + choicesBytes, count - choicesBytes});
  if (message.failed()) return 0;
  explore(message.value());
  readAs(choices.upTo(4), message.value());
  return 0;
}
