// Messages of strangers: what is built can be read, by this library and by the host's; what is
// hostile has a fault, and is never read otherwise than the host would.
#include "sandbox/sdk/cpp/encoding/reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sandbox/sdk/cpp/encoding/builder.h"
#include "sandbox/sdk/cpp/testing/fake-host.h"
#include "sandbox/sdk/cpp/testing/host-reading.h"
#include "sandbox/sdk/cpp/testing/walk.h"

namespace troop::inline guest::testing {
namespace {

using Bytes = std::vector<std::byte>;

Bytes finished(MessageBuilder builder) {
  const Expected<Outgoing> message = builder.finish();
  const auto bytes = message->bytes();
  return {bytes.begin(), bytes.end()};
}

const std::vector<Capability> noCapabilities;

// One of each kind of pointer, and numbers.
Bytes sampleMessage() {
  MessageBuilder builder(2, 6);
  StructBuilder root = builder.root();
  root.setNumber<std::uint32_t>(0, 0xdeadbeef);
  root.setNumber<double>(1, 2.5);
  root.setText(0, "text");
  const std::byte data[] = {std::byte{1}, std::byte{0}, std::byte{255}};
  root.setData(1, data);
  ListBuilder numbers = root.initList(2, ElementSize::twoBytes, 5);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers.setNumber<std::int16_t>(i, static_cast<std::int16_t>(-100 * static_cast<int>(i)));
  }
  ListBuilder structures = root.initStructureList(3, 3, 1, 2);
  for (std::size_t i = 0; i < structures.size(); ++i) {
    StructBuilder element = structures.structure(i);
    element.setNumber<std::uint64_t>(0, i);
    element.setText(0, std::string(i, 'x'));
    ListBuilder bits = element.initList(1, ElementSize::bit, 10);
    for (std::size_t bit = 0; bit < bits.size(); ++bit) bits.setBoolean(bit, bit % 3 == 0);
  }
  StructBuilder inner = root.initStructure(4, 0, 1);
  ListBuilder lists = inner.initList(0, ElementSize::pointer, 2);
  ListBuilder texts = lists.initList(1, ElementSize::pointer, 2);
  texts.setText(0, "deep");
  root.initStructure(5, 0, 0);
  return finished(std::move(builder));
}

TEST(Reader, readsWhatWasBuilt) {
  const Bytes bytes = sampleMessage();
  Reading reading(bytes, noCapabilities);
  const StructReader root = reading.root();
  EXPECT_EQ(root.number<std::uint32_t>(0), 0xdeadbeef);
  EXPECT_EQ(root.number<double>(1), 2.5);
  EXPECT_EQ(root.text(0), "text");
  EXPECT_EQ(root.data(1), (Bytes{std::byte{1}, std::byte{0}, std::byte{255}}));
  ASSERT_EQ(root.list(2).size(), 5u);
  EXPECT_EQ(root.list(2).number<std::int16_t>(4), -400);
  ASSERT_EQ(root.list(3).size(), 3u);
  EXPECT_EQ(root.list(3).structure(2).number<std::uint64_t>(0), 2u);
  EXPECT_EQ(root.list(3).structure(2).text(0), "xx");
  EXPECT_TRUE(root.list(3).structure(1).list(1).boolean(9));
  EXPECT_FALSE(root.list(3).structure(1).list(1).boolean(8));
  EXPECT_EQ(root.structure(4).list(0).list(1).text(0), "deep");
  EXPECT_EQ(root.structure(4).list(0).list(0).size(), 0u);
  EXPECT_FALSE(root.isNull(5));
  EXPECT_EQ(reading.fault(), nullptr);
}

TEST(Reader, whatIsBeyondASmallerStructReadsAsItsDefault) {
  const Bytes bytes = finished(MessageBuilder(0, 0));
  Reading reading(bytes, noCapabilities);
  const StructReader root = reading.root();
  EXPECT_EQ(root.number<std::int32_t>(7, -5), -5);
  EXPECT_TRUE(root.boolean(900, true));
  EXPECT_EQ(root.text(3), "");
  EXPECT_EQ(root.list(3).size(), 0u);
  EXPECT_EQ(root.structure(3).number<float>(0, 1.5f), 1.5f);
  EXPECT_FALSE(root.capability(3));
  EXPECT_EQ(reading.fault(), nullptr);
}

// A message of one segment, given as words.
Bytes segment(std::vector<std::uint64_t> words) {
  words.insert(words.begin(), std::uint64_t{words.size()} << 32);
  Bytes bytes(words.size() * 8);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// The fault that is found by `read`; "none" if there is none.
template <typename Read>
std::string faultOf(const Bytes& bytes, Read read) {
  Reading reading(bytes, noCapabilities);
  read(reading.root());
  return reading.fault() == nullptr ? "none" : reading.fault();
}

std::uint64_t structPointer(std::int32_t offset, std::uint64_t data, std::uint64_t pointers) {
  return static_cast<std::uint32_t>(offset << 2) | data << 32 | pointers << 48;
}
std::uint64_t listPointer(std::int32_t offset, std::uint64_t size, std::uint64_t count) {
  return static_cast<std::uint32_t>(offset << 2 | 1) | (count << 3 | size) << 32;
}

TEST(Reader, pointersOutOfTheMessageAreFaults) {
  const auto read = [](const StructReader& root) { (void)root.text(0); };
  EXPECT_EQ(faultOf(segment({structPointer(100, 1, 1)}), read), "a pointer leads out of it");
  EXPECT_EQ(faultOf(segment({structPointer(-2, 1, 1)}), read), "a pointer leads out of it");
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), listPointer(0, 2, 9), 0}), read),
            "a pointer leads out of it");
  EXPECT_EQ(faultOf(segment({structPointer(0, 0xffff, 0xffff)}), read),
            "a pointer leads out of it");
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), listPointer(0, 2, (1 << 29) - 1)}), read),
            "a pointer leads out of it");
}

TEST(Reader, aTextWithoutAZeroIsAFault) {
  const auto read = [](const StructReader& root) { (void)root.text(0); };
  EXPECT_EQ(
      faultOf(segment({structPointer(0, 0, 1), listPointer(0, 2, 8), ~std::uint64_t{0}}), read),
      "a text has no zero at its end");
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), listPointer(0, 2, 0)}), read),
            "a text has no zero at its end");
}

TEST(Reader, pointersThatLoopEndAtTheDepthThatIsAllowed) {
  // A struct whose only pointer leads back to itself.
  const Bytes bytes = segment({structPointer(0, 0, 1), structPointer(-1, 0, 1)});
  Reading reading(bytes, noCapabilities);
  StructReader at = reading.root();
  for (int i = 0; i < 1000; ++i) at = at.structure(0);
  EXPECT_STREQ(reading.fault(), "it is too deep");
}

TEST(Reader, readingOverAndOverEnds) {
  std::vector<std::uint64_t> words = {structPointer(0, 0, 1), listPointer(0, 5, 1000)};
  words.resize(words.size() + 1000);
  const Bytes bytes = segment(words);
  Reading reading(bytes, noCapabilities);
  const StructReader root = reading.root();
  for (int i = 0; i < 1000; ++i) (void)root.list(0);
  EXPECT_STREQ(reading.fault(), "its pointers lead to the same place too often");
  EXPECT_EQ(root.list(0).size(), 0u);
}

TEST(Reader, aListThatClaimsManyElementsTakesNoMemory) {
  const auto admit = [](const StructReader& root) { EXPECT_EQ(root.list(0).admit(100), 0u); };
  const std::uint64_t many = (1 << 29) - 1;
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), listPointer(0, 0, many)}), admit),
            "a list is out of proportion");
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), listPointer(0, 7, 0), many << 2}), admit),
            "a list is out of proportion");
}

TEST(Reader, structsOfAListThatAreLargerThanItAreAFault) {
  const auto read = [](const StructReader& root) { (void)root.list(0); };
  EXPECT_EQ(
      faultOf(segment({structPointer(0, 0, 1), listPointer(0, 7, 1), structPointer(2, 1, 0), 0}),
              read),
      "the structs of a list are larger than the list");
}

TEST(Reader, capabilitiesThatDidNotComeAlongAreAFault) {
  const auto read = [](const StructReader& root) { (void)root.capability(0); };
  EXPECT_EQ(faultOf(segment({structPointer(0, 0, 1), 3}), read),
            "it has something else where a capability should be");
}

TEST(Reader, segmentTablesThatLieAreFaults) {
  const auto nothing = [](const StructReader&) {};
  EXPECT_EQ(faultOf({}, nothing), "there is no segment table");
  EXPECT_EQ(faultOf(Bytes(8, std::byte{0xff}), nothing), "it has too many segments");
  Bytes cutOff(8);
  cutOff[0] = std::byte{9};
  EXPECT_EQ(faultOf(cutOff, nothing), "its segment table is cut off");
  cutOff[0] = std::byte{0};
  cutOff[4] = std::byte{1};
  EXPECT_EQ(faultOf(cutOff, nothing), "it is shorter than its segment table says");
}

// The same walk by both readers -------------------------------------------------------------------

// What the walk sees; "fault: ..." where there is one.
std::string seenByGuest(const Bytes& bytes, std::uint32_t seed) {
  Reading reading(bytes, noCapabilities);
  const std::string seen = troop::walking::Walk(seed).structure(reading.root(), 6);
  return reading.fault() == nullptr ? seen : std::string("fault: ") + reading.fault();
}

// Whether both see the same. The guest's reader is stricter with far pointers; how much may be
// read over is counted otherwise.
void expectSame(const std::string& guest, const std::string& host) {
  if (guest == "fault: a double far pointer is malformed" ||
      guest == "fault: a far pointer leads to another one" ||
      host.ends_with("Exceeded message traversal limit")) {
    return;
  }
  EXPECT_EQ(guest.substr(0, guest.find(':')), host.substr(0, host.find(':')))
      << guest << "; " << host;
}

// Random changes where they do most harm: whole words, small numbers, bits of pointers.
void mutate(Bytes& bytes, std::mt19937& random) {
  const std::size_t at = 8 + random() % (bytes.size() - 8);
  switch (random() % 4) {
    case 0:
      bytes[at] = static_cast<std::byte>(random());
      break;
    case 1:
      bytes[at] ^= static_cast<std::byte>(1u << (random() % 8));
      break;
    case 2: {
      const std::size_t from = random() % (bytes.size() / 8) * 8;
      std::memmove(bytes.data() + at / 8 * 8, bytes.data() + from, 8);
      break;
    }
    default: {
      const auto number = static_cast<std::uint32_t>(random() % 16);
      std::memcpy(bytes.data() + at / 4 * 4, &number, sizeof number);
    }
  }
}

TEST(Reader, readsHostileMessagesAsTheHostDoes) {
  const Bytes sample = sampleMessage();
  unsigned faults = 0, values = 0;
  for (std::uint32_t seed = 0; seed < 6000; ++seed) {
    std::mt19937 random(seed);
    Bytes bytes = sample;
    for (unsigned i = random() % 6; i > 0; --i) mutate(bytes, random);
    for (std::uint32_t walk = 0; walk < 8; ++walk) {
      const std::string host = troop::walking::hostReading(bytes, seed * 8 + walk);
      const std::string guest = seenByGuest(bytes, seed * 8 + walk);
      expectSame(guest, host);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", walk " << walk;
      ++(host.starts_with("fault") ? faults : values);
    }
  }
  EXPECT_GT(faults, 1000u);
  EXPECT_GT(values, 5000u);
}

TEST(Reader, survivesWhatIsNoMessage) {
  for (std::uint32_t seed = 0; seed < 6000; ++seed) {
    std::mt19937 random(seed);
    Bytes bytes(random() % 40 * 8);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 5 == 0 ? random() : 0);
    // Often a segment table that holds.
    if (bytes.size() >= 24 && random() % 4 != 0) {
      const bool two = random() % 2 == 0;
      const std::uint32_t first = random() % (static_cast<std::uint32_t>(bytes.size()) / 8 - 2);
      const std::uint32_t table[] = {two ? 1u : 0u,
                                     two ? first : static_cast<std::uint32_t>(bytes.size()) / 8 - 1,
                                     static_cast<std::uint32_t>(bytes.size()) / 8 - 2 - first, 0};
      std::memcpy(bytes.data(), table, two ? 16 : 8);
    }
    for (std::uint32_t walk = 0; walk < 8; ++walk) {
      const std::string host = troop::walking::hostReading(bytes, walk);
      const std::string guest = seenByGuest(bytes, walk);
      // What the host refuses to carry never gets here; that it is survived will do.
      if (host != "refused") expectSame(guest, host);
      ASSERT_FALSE(HasFailure()) << "seed " << seed << ", walk " << walk;
    }
  }
}

}  // namespace
}  // namespace troop::inline guest::testing
