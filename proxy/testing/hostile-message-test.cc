// Messages that somebody wrote to do harm. None may crash, hang, read outside, or cost much more
// than its size.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "proxy/message.h"
#include "proxy/testing/endpoints.h"
#include "proxy/testing/words.h"

namespace troop::proxy {
namespace {

using namespace testing;

// What reading throws, or "read" if nothing.
template <typename F>
std::string failureOf(F read) {
  try {
    read();
    return "read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_EQ(error.detail(), ErrorDetail::badMessage) << error.reason();
    return error.reason();
  }
}

#define EXPECT_REFUSED(what, expression)                                                \
  {                                                                                     \
    const std::string failure = failureOf([&] { (void)(expression); });                 \
    EXPECT_NE(failure.find(what), std::string::npos) << #expression << ": " << failure; \
  }

TEST(HostileMessage, withoutRootIsRefused) {
  const Message message = messageOf({{}});
  EXPECT_REFUSED("root", message.root());
}

TEST(HostileMessage, whoseRootIsNoStructIsRefused) {
  EXPECT_REFUSED("struct", messageOf({{listPointer(0, 2, 0)}}).root());
  EXPECT_REFUSED("struct", messageOf({{capabilityPointer(0)}}).root());
}

TEST(HostileMessage, pointersOutsideOfTheSegmentAreRefused) {
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer(0, 1, 0)}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer(1000, 1, 0), 0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer(-100, 1, 0), 0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer(0, 65535, 65535), 0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer((1 << 29) - 1, 1, 0), 0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{structPointer(-(1 << 29), 1, 0), 0}}).root());
  for (unsigned size = 1; size < 7; ++size) {
    const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, size, 65), 0}});
    EXPECT_REFUSED("out-of-bounds", message.root().list(0));
  }
}

TEST(HostileMessage, listsThatClaimToBeHugeAreRefused) {
  constexpr std::uint32_t huge = (1u << 29) - 1;
  for (unsigned size = 1; size < 7; ++size) {
    const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, size, huge), 0}});
    EXPECT_REFUSED("list at pointer 0", message.root().list(0));
    EXPECT_REFUSED("text at pointer 0", message.root().text(0));
    EXPECT_REFUSED("data at pointer 0", message.root().data(0));
  }
  const Message composite = messageOf(
      {{structPointer(0, 0, 1), listPointer(0, 7, huge), structListTag(huge, 65535, 65535)}});
  EXPECT_REFUSED("out-of-bounds", composite.root().list(0));
}

TEST(HostileMessage, listsOfManyElementsWithoutSizeAreRefused) {
  constexpr std::uint32_t huge = (1u << 29) - 1;
  const Message nothings = messageOf({{structPointer(0, 0, 1), listPointer(0, 0, huge)}});
  EXPECT_REFUSED("traversal limit", nothings.root().list(0));
  const Message structs =
      messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 0), structListTag(huge, 0, 0)}});
  EXPECT_REFUSED("traversal limit", structs.root().list(0));
}

TEST(HostileMessage, listsWithoutSizeCostNoMoreThanTheirMessageAllows) {
  // The most that a message of five words may look like.
  const auto elements = [](std::uint32_t count) {
    return messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 0), structListTag(count, 0, 0)}});
  };
  EXPECT_EQ(elements(8000).root().list(0).size(), 8000u);
  EXPECT_REFUSED("traversal limit", elements(9000).root().list(0));
}

TEST(HostileMessage, elementsThatOverrunTheirListAreRefused) {
  const Message message =
      messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 2), structListTag(3, 1, 0), 0, 0}});
  EXPECT_REFUSED("overrun", message.root().list(0));
}

TEST(HostileMessage, structListsWhoseTagIsNoStructAreRefused) {
  const Message message =
      messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 1), listPointer(0, 2, 1), 0}});
  EXPECT_REFUSED("INLINE_COMPOSITE", message.root().list(0));
}

TEST(HostileMessage, loopsEndAtTheDepthLimit) {
  // Each struct's first pointer designates the struct that it is in.
  const Message message = messageOf({{structPointer(0, 0, 1), structPointer(-1, 0, 1)}});
  StructReader inner = message.root();
  std::size_t depth = 1;
  const std::string failure = failureOf([&] {
    for (;; ++depth) inner = inner.structure(0);
  });
  EXPECT_NE(failure.find("too deeply-nested or contains cycles"), std::string::npos) << failure;
  EXPECT_EQ(depth, 64u);
}

TEST(HostileMessage, loopsOfListsEndAtTheDepthLimit) {
  const Message message = messageOf({{structPointer(0, 0, 1), listPointer(-1, 6, 1)}});
  ListReader inner = message.root().list(0);
  const std::string failure = failureOf([&] {
    for (;;) inner = inner.list(0);
  });
  EXPECT_NE(failure.find("too deeply-nested"), std::string::npos) << failure;
}

TEST(HostileMessage, loopsOfStructListsEndAtTheDepthLimit) {
  const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 1),
                                      structListTag(1, 0, 1), listPointer(-2, 7, 1)}});
  StructReader inner = message.root();
  const std::string failure = failureOf([&] {
    for (;;) inner = inner.list(0).structure(0);
  });
  EXPECT_NE(failure.find("too deeply-nested"), std::string::npos) << failure;
}

TEST(HostileMessage, depthLimitIsTheMessagesOwn) {
  const Message message =
      messageOf({{structPointer(0, 0, 1), structPointer(-1, 0, 1)}}, {}, {.depthMax = 3});
  const StructReader third = message.root().structure(0).structure(0);
  EXPECT_REFUSED("too deeply-nested", third.structure(0));
}

TEST(HostileMessage, manyPointersToOnePlaceEndAtTheTraversalLimit) {
  // A list of 512 pointers, all to one text of 4 KiB: 8 KiB that look like 2 MiB.
  constexpr unsigned pointers = 512;
  constexpr unsigned textWords = 512;
  Words words{structPointer(0, 0, 1), listPointer(0, 6, pointers)};
  for (unsigned i = 0; i < pointers; ++i) {
    words.push_back(listPointer(static_cast<std::int32_t>(pointers - 1 - i), 2, textWords * 8));
  }
  words.resize(words.size() + textWords, 0x4141414141414141);
  words.back() = 0x0041414141414141;
  const Message message = messageOf({words});
  const ListReader texts = message.root().list(0);
  std::size_t bytes = 0;
  const std::string failure = failureOf([&] {
    for (std::size_t i = 0; i < texts.size(); ++i) bytes += texts.text(i).size();
  });
  EXPECT_NE(failure.find("text of a list"), std::string::npos) << failure;
  EXPECT_LE(bytes, message.bytes().size() * 8);
}

TEST(HostileMessage, exponentialTreesEndAtTheTraversalLimit) {
  // Each level has two pointers to the next one: 2^60 leaves in 61 levels.
  constexpr int levels = 60;
  Words words{structPointer(0, 0, 2)};
  for (int i = 0; i < levels; ++i) {
    words.push_back(structPointer(1, 0, 2));
    words.push_back(structPointer(0, 0, 2));
  }
  words.insert(words.end(), {0, 0});
  const Message message = messageOf({words});
  std::size_t visited = 0;
  const std::function<void(const StructReader&)> visit = [&](const StructReader& reader) {
    ++visited;
    if (!reader.isNull(0)) visit(reader.structure(0));
    if (!reader.isNull(1)) visit(reader.structure(1));
  };
  EXPECT_NE(failureOf([&] { visit(message.root()); }), "read");
  EXPECT_LE(visited, 10'000u);
}

TEST(HostileMessage, farPointersToNowhereAreRefused) {
  EXPECT_REFUSED("unknown segment", messageOf({{farPointer(0, 1)}}).root());
  EXPECT_REFUSED("unknown segment", messageOf({{farPointer(0, ~0u)}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{farPointer(5, 1)}, {0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{farPointer((1u << 29) - 1, 1)}, {0}}).root());
  EXPECT_REFUSED("out-of-bounds", messageOf({{doubleFarPointer(0, 1)}, {0}}).root());
  EXPECT_REFUSED("unknown segment",
                 messageOf({{doubleFarPointer(0, 1)}, {farPointer(0, 9), 0}}).root());
  EXPECT_REFUSED("must be far pointer",
                 messageOf({{doubleFarPointer(0, 1)}, {structPointer(0, 0, 0), 0}}).root());
}

TEST(HostileMessage, farPointersToThemselvesAreRefused) {
  EXPECT_NE(failureOf([] { (void)messageOf({{farPointer(0, 0)}}).root(); }), "read");
  const Message pingPong = messageOf({{farPointer(0, 1)}, {farPointer(0, 0)}});
  EXPECT_NE(failureOf([&] { (void)pingPong.root(); }), "read");
  const Message doubled =
      messageOf({{doubleFarPointer(0, 1)}, {farPointer(0, 1), doubleFarPointer(0, 1)}});
  EXPECT_NE(failureOf([&] { (void)doubled.root(); }), "read");
}

TEST(HostileMessage, pointersOfTheWrongKindAreRefused) {
  const Message message = messageOf({{structPointer(0, 0, 3), structPointer(2, 1, 0),
                                      listPointer(1, 5, 1), capabilityPointer(0), 42}},
                                    {Capability(makeRef<Echo>())});
  const StructReader root = message.root();
  EXPECT_REFUSED("text at pointer 0", root.text(0));
  EXPECT_REFUSED("data at pointer 0", root.data(0));
  EXPECT_REFUSED("list at pointer 0", root.list(0));
  EXPECT_REFUSED("capability at pointer 0", root.capability(0));
  EXPECT_REFUSED("struct at pointer 1", root.structure(1));
  EXPECT_REFUSED("text at pointer 1", root.text(1));
  EXPECT_REFUSED("text at pointer 2", root.text(2));
  EXPECT_REFUSED("struct at pointer 2", root.structure(2));
  EXPECT_REFUSED("list at pointer 2", root.list(2));
}

TEST(HostileMessage, unknownPointersAreRefused) {
  const Word unknown = 3u | 1u << 2;  // of the kind "other", but no capability
  const Message message = messageOf({{structPointer(0, 0, 1), unknown}});
  EXPECT_REFUSED("pointer 0", message.root().isNull(0));
  EXPECT_REFUSED("pointer 0", message.root().text(0));
  EXPECT_REFUSED("pointer 0", message.root().structure(0));
  EXPECT_REFUSED("pointer 0", message.root().list(0));
  EXPECT_REFUSED("pointer 0", message.root().capability(0));
}

TEST(HostileMessage, textWithoutItsEndIsRefused) {
  const Message open = messageOf({{structPointer(0, 0, 1), listPointer(0, 2, 8), ~Word{0}}});
  EXPECT_REFUSED("NUL-terminated", open.root().text(0));
  const Message none = messageOf({{structPointer(0, 0, 1), listPointer(0, 2, 0)}});
  EXPECT_REFUSED("NUL-terminated", none.root().text(0));
}

TEST(HostileMessage, elementsReadAsLargerOnesAreRefused) {
  for (unsigned size = 0; size < 5; ++size) {
    const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, size, 1), 0}});
    EXPECT_REFUSED("8 bytes", message.root().list(0).number<std::uint64_t>(0));
    EXPECT_REFUSED("pointers", message.root().list(0).text(0));
    EXPECT_REFUSED("pointers", message.root().list(0).list(0));
    EXPECT_REFUSED("pointers", message.root().list(0).capability(0));
  }
  const Message narrow =
      messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 1), structListTag(1, 0, 1), 0}});
  EXPECT_REFUSED("4 bytes", narrow.root().list(0).number<std::uint32_t>(0));
  const Message dataOnly =
      messageOf({{structPointer(0, 0, 1), listPointer(0, 7, 1), structListTag(1, 1, 0), 0}});
  EXPECT_REFUSED("pointers", dataOnly.root().list(0).text(0));
}

TEST(HostileMessage, elementsOfOneByteReadAsStructsHaveOneByte) {
  const Message message = messageOf({{structPointer(0, 0, 1), listPointer(0, 2, 2), 0x4241}});
  const StructReader second = message.root().list(0).structure(1);
  EXPECT_EQ(second.number<std::uint8_t>(0), 0x42);
  EXPECT_EQ(second.number<std::uint16_t>(0), 0u);
  EXPECT_EQ(second.number<std::uint64_t>(0), 0u);
  EXPECT_TRUE(second.isNull(0));
}

// Reads everything that can be reached, as deep as the limits allow; only Errors may come out.
class Explorer {
 public:
  explicit Explorer(const Message& message) {
    attempt([&] { visit(message.root()); });
    for (std::uint16_t i = 0; i < 3; ++i) {
      for (std::uint16_t j = 0; j < 3; ++j) {
        attempt([&] { (void)message.capabilityAt(std::vector<std::uint16_t>{i, j}); });
      }
    }
  }
  std::size_t refused = 0;

 private:
  static constexpr std::size_t visitsMax = 40;

  template <typename F>
  void attempt(F read) {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::failed);
      ++refused;
    }
  }

  void visit(const StructReader& reader) {
    if (++visits_ > visitsMax) return;
    for (unsigned i = 0; i < 4; ++i) sum_ += reader.number<std::uint64_t>(i) + reader.boolean(i);
    for (unsigned i = 0; i < std::min<std::size_t>(reader.pointers() + 1, 4); ++i) {
      attempt([&] { sum_ += reader.isNull(i); });
      attempt([&] { sum_ += reader.text(i).size(); });
      attempt([&] { sum_ += reader.data(i).size(); });
      attempt([&] { sum_ += reader.capability(i) ? 1 : 0; });
      attempt([&] { visit(reader.structure(i)); });
      attempt([&] { visit(reader.list(i)); });
    }
  }

  void visit(const ListReader& reader) {
    if (++visits_ > visitsMax) return;
    const std::size_t size = reader.size();
    for (const std::size_t i : {std::size_t{0}, size / 2, size - 1, size}) {
      attempt([&] { sum_ += reader.number<std::uint8_t>(i); });
      attempt([&] { sum_ += reader.number<std::uint64_t>(i); });
      attempt([&] { sum_ += reader.boolean(i); });
      attempt([&] { sum_ += reader.text(i).size(); });
      attempt([&] { sum_ += reader.data(i).size(); });
      attempt([&] { sum_ += reader.capability(i) ? 1 : 0; });
      attempt([&] { visit(reader.structure(i)); });
      attempt([&] { visit(reader.list(i)); });
    }
  }

  std::size_t visits_ = 0;
  std::uint64_t sum_ = 0;
};

Message manyKinds(const std::vector<Capability>& capabilities) {
  MessageBuilder builder(2, 4);
  StructBuilder root = builder.root();
  root.setText(0, "some text");
  root.setCapability(1, capabilities.front());
  ListBuilder list = root.initStructureList(2, 3, 1, 2);
  for (unsigned i = 0; i < 3; ++i) {
    list.structure(i).setText(0, "inner");
    list.structure(i).initList(1, ElementSize::twoBytes, 3);
  }
  ListBuilder pointers = root.initList(3, ElementSize::pointer, 3);
  pointers.setText(0, "x");
  pointers.initList(1, ElementSize::bit, 9);
  pointers.setCapability(2, capabilities.back());
  return builder.finish(nullptr).value();
}

TEST(HostileMessage, withAnyBitFlippedIsReadOrRefused) {
  const std::vector<Capability> capabilities(2, Capability(makeRef<Echo>()));
  const Message message = manyKinds(capabilities);
  const std::vector<std::byte> original(message.bytes().begin(), message.bytes().end());
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < original.size() * 8; ++bit) {
    std::vector<std::byte> bytes = original;
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    const Expected<Message> copy = Message::copyOf(bytes, capabilities, nullptr);
    refused += copy.failed() || Explorer(copy.value()).refused != 0;
  }
  EXPECT_GT(refused, 0u);
}

TEST(HostileMessage, cutOffAnywhereIsReadOrRefused) {
  const std::vector<Capability> capabilities(2, Capability(makeRef<Echo>()));
  const Message message = manyKinds(capabilities);
  const std::span<const std::byte> bytes = message.bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(Message::copyOf(bytes.first(size), capabilities, nullptr).failed()) << size;
  }
  // The same with framing that fits.
  Words words((bytes.size() - 8) / 8);
  std::memcpy(words.data(), bytes.data() + 8, words.size() * 8);
  while (!words.empty()) {
    words.pop_back();
    Explorer(messageOf({words}, capabilities));
  }
}

TEST(HostileMessage, ofRandomPointersIsReadOrRefused) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<Words> segments(1 + random() % 3);
    for (Words& segment : segments) {
      segment.resize(1 + random() % 40);
      for (Word& word : segment) {
        const auto offset = static_cast<std::int32_t>(random() % 60) - 20;
        switch (random() % 8) {
          case 0:
            word = random();
            break;
          case 1:
          case 2:
            word = structPointer(offset, random() % 4, random() % 4);
            break;
          case 3:
          case 4:
            word = listPointer(offset, random() % 8, random() % 30);
            break;
          case 5:
            word = farPointer(random() % 40, random() % 4);
            break;
          case 6:
            word = doubleFarPointer(random() % 40, random() % 4);
            break;
          default:
            word = capabilityPointer(random() % 3);
        }
      }
    }
    Explorer(messageOf(segments, {Capability(makeRef<Echo>()), Capability()}));
  }
}

}  // namespace
}  // namespace troop::proxy
