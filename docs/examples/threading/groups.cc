// Troops nest: what those inside a group use counts as the group's, and it ends with all of them.
#include <cstdio>

#include "runtime/process.h"
#include "runtime/task.h"

int main() {
  using namespace std::chrono_literals;
  using namespace troop::literals;
  troop::Process process;
  const auto acme = process.troop({.name = "acme", .memoryBytesMax = 8_MiB});  // runs nothing
  const auto shop =
      acme->troop({.name = "shop", .memoryBytesMax = 100_MiB, .heap = troop::Heap::own});
  const auto blog = acme->troop({.name = "blog"});

  // The lower limit wins, and the error names whose it was.
  const auto greedy =
      shop->thread({"main"}, [] { (void)troop::Troop::current()->heap().allocate(50_MiB); });
  std::printf("shop: %s\n", greedy->join().error().what());

  const auto sleeper = blog->thread({"main"}, [] { troop::sleep(24h); });
  acme->kill(troop::Error(troop::ErrorKind::disconnected, "has not paid"));
  (void)sleeper->join();
  std::printf("blog: %s\n", blog->cause()->what());
  return 0;
}
