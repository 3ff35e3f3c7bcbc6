// Messages of the samples, for tests in other languages: `interop write NAME` writes one to its
// output, `interop check NAME` reads one from its input and says where it is not the sample.
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "proxy/compiler/testdata/samples.h"

namespace troop::test {
namespace {

template <typename T>
void write(const T& sample) {
  proxy::MessageBuilder builder = proxy::builderFor<T>();
  sample.write(builder.root());
  const proxy::Message message = std::move(builder.finish({}).value());
  std::fwrite(message.bytes().data(), 1, message.bytes().size(), stdout);
}

template <typename T>
bool check(const T& sample) {
  const std::string input(std::istreambuf_iterator<char>(std::cin), {});
  const auto message = proxy::Message::copyOf(std::as_bytes(std::span(input)), {}, {});
  return T::read(message.value().root()) == sample;
}

template <typename T>
bool handle(std::string_view action, const T& sample) {
  if (action == "check") return check(sample);
  write(sample);
  return true;
}

bool handle(std::string_view action, std::string_view name) {
  if (name == "Scalars") return handle(action, sampleScalars());
  if (name == "Defaults") return handle(action, sampleDefaults());
  if (name == "Lists") return handle(action, sampleLists());
  if (name == "Shape") return handle(action, sampleShape());
  if (name == "Groups") return handle(action, sampleGroups());
  if (name == "Tree") return handle(action, sampleTree());
  if (name == "Outer") return handle(action, sampleOuter());
  if (name == "Keywords") return handle(action, sampleKeywords());
  return false;
}

}  // namespace
}  // namespace troop::test

int main(int argc, char** argv) {
  try {
    return argc == 3 && troop::test::handle(argv[1], std::string_view(argv[2])) ? 0 : 1;
  } catch (const std::exception& exception) {
    std::fprintf(stderr, "%s\n", exception.what());
    return 1;
  }
}
