#include "sandbox/image.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "sandbox/testing/host-fixture.h"
#include "sandbox/testing/talking-guests.h"

namespace troop::sandbox {
namespace {

using namespace testing;

class Images : public HostTest {};

TEST_F(Images, sayWhatTheyAreMadeOf) {
  const Image made = image(echo);
  EXPECT_EQ(made.name(), (folder.path() / "guest.wat").string());
  EXPECT_EQ(made.memoryBytes(), 128_KiB);
}

TEST_F(Images, areSharedByTheirCopies) {
  Image one = image(echo);
  Image other = image(silent);
  other = one;
  EXPECT_EQ(&other.body(), &one.body());
  const Image moved = std::move(one);
  EXPECT_EQ(number(ask(host.spawn(moved), 6)), 6u);
  EXPECT_EQ(number(ask(host.spawn(other), 7)), 7u);
}

TEST_F(Images, mayOutliveTheirHost) {
  std::optional<Image> orphan;
  {
    Host other{{.carriers = 1, .cacheDirectory = folder.path() / "other", .guestsMax = 1}};
    orphan = other.compile(folder.write("guest.wat", wat(echo)));
  }
  EXPECT_EQ(orphan->memoryBytes(), 128_KiB);
}

}  // namespace
}  // namespace troop::sandbox
