// Programs with files of a simulated run.
#include "runtime/sim/disk/disks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/io/directory.h"
#include "runtime/io/file.h"
#include "runtime/scope.h"
#include "runtime/sharing/atomic.h"
#include "runtime/sim/disk/disk.h"
#include "runtime/sim/machine.h"
#include "runtime/sim/simulation.h"
#include "runtime/sim/sweep.h"
#include "runtime/task.h"

namespace troop::sim {
namespace {

void sweepIn(const Disk& disk, const std::function<void()>& program) {
  sweep([&](std::uint64_t seed) { run({.seed = seed, .disk = disk}, program); });
}

// Whether some run says so.
bool mayHappen(const Disk& disk, const std::function<bool()>& program) {
  bool happened = false;
  for (std::uint64_t seed = 0; seed < 1'000 && !happened; ++seed) {
    run({.seed = seed, .disk = disk}, [&] { happened = program(); });
  }
  return happened;
}

std::string textIn(const std::string& path) {
  Expected<File> file = File::open(path);
  if (file.failed()) return "no file";
  std::string text(1'000, '?');
  const Expected<std::size_t> read = file->readAt(0, std::as_writable_bytes(std::span(text)));
  if (read.failed()) return "cannot be read";
  text.resize(read.value());
  return text;
}

void write(const std::string& path, std::string_view text) {
  File::open(path, FileAccess::replacing)->writeAt(0, text).value();
}

TEST(Disks, areReadAsTheyWereWritten) {
  sweepIn({.shortOneIn = 2}, [] {
    File file = File::open("/tmp/a", FileAccess::writing).value();
    const Time before = now();
    file.writeAt(0, "hello ").value();
    file.writeAt(6, "world").value();
    EXPECT_GT(now(), before) << "that took some time";
    EXPECT_EQ(textIn("/tmp/a"), "hello world");
    EXPECT_EQ(file.bytes().value(), 11u);
    file.sync().value();
    file.resize(5).value();
    EXPECT_EQ(textIn("/tmp/a"), "hello");
    File readOnly = File::open("/tmp/a").value();
    EXPECT_NE(readOnly.writeAt(0, "x").error().reason().find("EBADF"), std::string::npos);
    EXPECT_TRUE(readOnly.resize(1).failed());
    file.close();
    EXPECT_EQ(file.sync().error().kind(), ErrorKind::disconnected);
    EXPECT_EQ(Troop::current()->handles(), 1u);
  });
}

TEST(Disks, haveDirectories) {
  sweepIn({}, [] {
    Directory root = Directory::open("/").value();
    root.make("data").value();
    Directory data = Directory::open("/data").value();
    for (const char* name : {"/data/a", "/data/b", "/data/c"}) write(name, name);
    data.rename("a", "d").value();
    data.remove("b").value();
    data.sync().value();
    std::vector<std::string> names = data.names().value();
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(textIn("/data/d"), "/data/a");
    EXPECT_NE(root.remove("data").error().reason().find("ENOTEMPTY"), std::string::npos);
  });
}

TEST(Disks, belongToMachines) {
  sweepIn({}, [] {
    write("/tmp/mine", "mine");
    const auto writes = [] {
      EXPECT_EQ(textIn("/tmp/mine"), "no file");
      write("/tmp/mine", "theirs");
    };
    Machine other({.name = "other"});
    other.troop().thread({"writes"}, writes)->join().value();
    EXPECT_EQ(textIn("/tmp/mine"), "mine");
  });
}

// Two writes of one file that nobody awaits in turn come in either order.
TEST(Disks, doWhatIsAskedOfThemInAnyOrder) {
  for (const char* last : {"1", "2"}) {
    EXPECT_TRUE(mayHappen({}, [&] {
      File file = File::open("/tmp/a", FileAccess::writing).value();
      {
        Scope scope;
        scope.task([&] { file.writeAt(0, "1").value(); });
        scope.task([&] { file.writeAt(0, "2").value(); });
      }
      return textIn("/tmp/a") == last;
    })) << last;
  }
}

TEST(Disks, keepWhatWasSyncedThroughACrash) {
  sweepIn({.shortOneIn = 0}, [] {
    Machine machine({.name = "db"});
    const auto writes = [] {
      File file = File::open("/tmp/log", FileAccess::making).value();
      file.writeAt(0, "synced").value();
      file.sync().value();
      Directory::open("/tmp")->sync().value();
      file.writeAt(6, " and not").value();
    };
    machine.troop().thread({"writes"}, writes)->join().value();
    machine.crash();
    machine.restart();
    const auto reads = [] {
      const std::string text = textIn("/tmp/log");
      EXPECT_EQ(text.substr(0, 6), "synced");
      EXPECT_TRUE(text == "synced" || text == "synced and not") << text;
    };
    machine.troop().thread({"reads"}, reads)->join().value();
  });
}

TEST(Disks, loseNothingWhereOnlyAProgramEnds) {
  sweepIn({}, [] {
    Machine machine({.name = "db"});
    machine.troop().thread({"writes"}, [] { write("/tmp/a", "text"); })->join().value();
    machine.troop().kill(Error(ErrorKind::disconnected, "ended", ErrorDetail::killed));
    machine.restart();
    machine.troop().thread({"reads"}, [] { EXPECT_EQ(textIn("/tmp/a"), "text"); })->join().value();
  });
}

// What a crash leaves where "...." was synced and "aabb" was not, in sectors of two bytes.
std::string leftByACrash() {
  Machine machine({.name = "db"});
  const auto writes = [] {
    File file = File::open("/tmp/a", FileAccess::making).value();
    file.writeAt(0, "....").value();
    file.sync().value();
    Directory::open("/tmp")->sync().value();
    file.writeAt(0, "aabb").value();
  };
  machine.troop().thread({"writes"}, writes)->join().value();
  machine.crash();
  machine.restart();
  auto read = machine.troop().future({"reads"}, [] { return textIn("/tmp/a"); });
  return read.get().value();
}

TEST(Disks, loseAllThatACrashCanTakeAndNoMore) {
  const Disk disk{.shortOneIn = 0, .sectorBytes = 2};
  const std::set<std::string> possible{"....", "aabb", "aa..", "..bb"};
  for (const std::string& text : possible) {
    EXPECT_TRUE(mayHappen(disk, [&] { return leftByACrash() == text; })) << text;
  }
  sweepIn(disk, [&] { EXPECT_TRUE(possible.contains(leftByACrash())); });
}

// Its destructors run, and reach nothing.
struct WritesWhenItEnds {
  ~WritesWhenItEnds() {
    try {
      write("/tmp/last", "words");
    } catch (const Error&) {
      // It was killed.
    }
  }
};

TEST(Disks, hearNothingOfWhoUnwindsAfterACrash) {
  sweepIn({}, [] {
    Machine machine({.name = "db"});
    const auto waits = [] {
      const WritesWhenItEnds atTheEnd;
      sleep(1h);
    };
    const Ref<Thread> waiting = machine.troop().thread({"waits"}, waits);
    sleep(1ms);
    machine.crash();
    machine.restart();
    EXPECT_TRUE(waiting->join().failed());
    machine.troop()
        .thread({"reads"}, [] { EXPECT_EQ(textIn("/tmp/last"), "no file"); })
        ->join()
        .value();
    EXPECT_EQ(textIn("/tmp/last"), "no file") << "nor does the machine that it is in";
  });
}

TEST(Disks, failWhereThatIsAskedFor) {
  EXPECT_TRUE(mayHappen({.errorOneIn = 4}, [] {
    const Expected<File> file = File::open("/tmp/a", FileAccess::writing);
    return file.failed() && file.error().reason().find("EIO") != std::string::npos;
  }));
  EXPECT_TRUE(mayHappen({.fullOneIn = 4}, [] {
    Expected<File> file = File::open("/tmp/a", FileAccess::writing);
    if (file.failed()) return false;
    const Expected<void> written = file->writeAt(0, "text");
    return written.failed() && written.error().kind() == ErrorKind::overloaded;
  }));
}

TEST(Disks, rotWhereThatIsAskedFor) {
  EXPECT_TRUE(mayHappen({.rotOneIn = 2}, [] {
    write("/tmp/a", "text");
    const std::string first = textIn("/tmp/a");
    EXPECT_EQ(first.size(), 4u);
    return first != "text";
  }));
}

// A sync that has failed has given up what it was to sync: the next one says nothing about it.
TEST(Disks, syncNothingThatASyncHasGivenUp) {
  EXPECT_TRUE(mayHappen({.errorOneIn = 6}, [] {
    Machine machine({.name = "db"});
    auto retried = machine.troop().future({"writes"}, [] {
      Expected<File> file = File::open("/tmp/a", FileAccess::making);
      if (file.failed() || file->writeAt(0, "text").failed()) return false;
      Expected<Directory> directory = Directory::open("/tmp");
      if (directory.failed() || directory->sync().failed()) return false;
      return file->sync().failed() && file->sync().succeeded();
    });
    if (!retried.get().value()) return false;
    machine.crash();
    machine.restart();
    auto read = machine.troop().future({"reads"}, [] { return textIn("/tmp/a"); });
    return read.get().value().empty();
  }));
}

// Each start counts; the disk remembers how many there were.
void countStarts(Atomic<int> starts) {
  starts.add(1);
  File file = File::open("/tmp/starts", FileAccess::writing).value();
  for (int i = 0; i < 10; ++i) {
    file.writeAt(0, "x").value();
    file.sync().value();
  }
}

TEST(Disks, crashMachinesThatStartTheirProgramAgain) {
  const Disk disk{.crashOneIn = 10, .crashesMax = 2};
  const auto startsOf = [] {
    const Atomic<int> starts = Atomic<int>::make(0);
    const Machine machine({.name = "db"}, countStarts, starts);
    sleep(1min);
    EXPECT_TRUE(machine.isOn());
    EXPECT_EQ(machine.starts(), static_cast<unsigned>(starts.get()));
    return machine.starts();
  };
  sweepIn(disk, [&] { EXPECT_LE(startsOf(), 3u); });
  EXPECT_TRUE(mayHappen(disk, [&] { return startsOf() == 3; }));
}

// Those without a program stay off until somebody starts them.
TEST(Disks, crashMachinesThatWaitToBeStarted) {
  EXPECT_TRUE(mayHappen({.crashOneIn = 2}, [] {
    Machine machine({.name = "db"});
    const bool failed =
        machine.troop().thread({"writes"}, [] { write("/tmp/a", "text"); })->join().failed();
    EXPECT_EQ(machine.isOn(), !failed);
    sleep(1h);
    EXPECT_EQ(machine.isOn(), !failed);
    if (!failed) return false;
    machine.restart();
    EXPECT_TRUE(machine.isOn());
    machine.troop().thread({"reads"}, [] { (void)textIn("/tmp/a"); })->join().value();
    return true;
  }));
}

TEST(Disks, makeTheSameRunOfTheSameSeed) {
  const Options options{
      .seed = 7, .disk = {.errorOneIn = 20, .fullOneIn = 20, .rotOneIn = 20, .crashOneIn = 5}};
  check(options, [] {
    Machine machine({.name = "db"});
    const auto writes = [] {
      for (int i = 0; i < 20; ++i) {
        Expected<File> file = File::open("/tmp/" + std::to_string(i), FileAccess::writing);
        if (file.failed()) continue;
        (void)file->writeAt(0, "some text that is longer than it need be");
        (void)file->sync();
      }
    };
    (void)machine.troop().thread({"writes"}, writes)->join();
    machine.crash();
    machine.restart();
    (void)machine.troop().thread({"writes"}, writes)->join();
  });
}

}  // namespace
}  // namespace troop::sim
