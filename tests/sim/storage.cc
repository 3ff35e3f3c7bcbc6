// Mistakes about what is on a disk.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/io/directory.h"
#include "runtime/io/file.h"
#include "runtime/sendable.h"
#include "runtime/sim/machine.h"
#include "tests/sim/planted.h"

namespace troop::tests {
namespace {

// What others were told, who are on other machines.
struct Told {
  std::uint32_t saved = 0;  // each up to this
};

// What was saved is there after a crash: of the machine at any time, and at the latest then.
void program(void (*save)(Told*), std::uint32_t (*recover)()) {
  Told told;
  sim::Machine machine({.name = "store"});
  (void)machine.troop().thread({"saves"}, save, assumeSendable(&told))->join();
  machine.crash();
  machine.restart();
  auto recovered = machine.troop().future({"recovers"}, recover);
  expect(recovered.get().value() >= told.saved, "what was said to be saved is there");
}

constexpr std::uint32_t last = 3;

std::span<const std::byte> bytesOf(const std::uint32_t& number) {
  return std::as_bytes(std::span(&number, 1));
}

// 0 where there is none.
std::uint32_t numberAt(File& file, std::uint64_t offset) {
  std::uint32_t number = 0;
  const std::span<std::byte> into = std::as_writable_bytes(std::span(&number, 1));
  return file.readAt(offset, into).value() == into.size() ? number : 0;
}

// Empty, and there whatever happens.
File newFile(const char* path) {
  File file = File::open(path, FileAccess::replacing).value();
  file.sync().value();
  Directory::open("/tmp")->sync().value();
  return file;
}

// A log of numbers, each of which is said to be saved.
std::uint32_t lastInLog() {
  Expected<File> log = File::open("/tmp/log");
  if (log.failed()) return 0;
  std::uint32_t count = 0;
  while (numberAt(*log, count * sizeof(count)) == count + 1) ++count;
  return count;
}

// Says that it is saved once it is written.
namespace savedUnsynced {

template <bool syncs>
void save(Told* told) {
  File log = newFile("/tmp/log");
  for (std::uint32_t number = 1; number <= last; ++number) {
    log.writeAt((number - 1) * sizeof(number), bytesOf(number)).value();
    if (syncs) log.sync().value();
    told->saved = number;
  }
}

}  // namespace savedUnsynced

// A file is replaced by another one: its name is on the disk before what it names, or what it names
// is, and its name is not.
namespace replaced {

template <bool syncsFile, bool syncsDirectory>
void save(Told* told) {
  Directory directory = Directory::open("/tmp").value();
  for (std::uint32_t number = 1; number <= last; ++number) {
    File file = File::open("/tmp/state.new", FileAccess::replacing).value();
    file.writeAt(0, bytesOf(number)).value();
    if (syncsFile) file.sync().value();
    directory.rename("state.new", "state").value();
    if (syncsDirectory) directory.sync().value();
    told->saved = number;
  }
}

std::uint32_t recover() {
  Expected<File> file = File::open("/tmp/state");
  return file.succeeded() ? numberAt(*file, 0) : 0;
}

}  // namespace replaced

// A record of several sectors is there in part, and is taken to be whole.
namespace tornRecord {

struct Record {
  std::uint32_t number = 0;
  std::uint32_t sum = 0;
  std::array<std::uint32_t, 254> copies{};

  std::uint32_t summed() const {
    std::uint32_t all = number;
    for (const std::uint32_t copy : copies) all = all * 31 + copy;
    return all;
  }
};

void save(Told* told) {
  File log = newFile("/tmp/log");
  // Of its full length from the beginning.
  log.resize(last * sizeof(Record)).value();
  log.sync().value();
  for (std::uint32_t number = 1; number <= last; ++number) {
    Record record{.number = number};
    record.copies.fill(number);
    record.sum = record.summed();
    log.writeAt((number - 1) * sizeof(record), std::as_bytes(std::span(&record, 1))).value();
    log.sync().value();
    told->saved = number;
  }
}

template <bool looksAtSum>
std::uint32_t recover() {
  Expected<File> log = File::open("/tmp/log");
  if (log.failed()) return 0;
  for (std::uint32_t count = 0;; ++count) {
    Record record;
    const std::span<std::byte> into = std::as_writable_bytes(std::span(&record, 1));
    if (log->readAt(count * sizeof(record), into).value() < into.size()) return count;
    if (record.number != count + 1) return count;
    if (looksAtSum && record.sum != record.summed()) return count;
    for (const std::uint32_t copy : record.copies) {
      expect(copy == record.number, "a record is read as it was written");
    }
  }
}

}  // namespace tornRecord

// A sync that failed is tried again, which says nothing about what the first one gave up.
namespace syncedAgain {

template <bool writesAgain>
void save(Told* told) {
  Expected<File> log = File::open("/tmp/log", FileAccess::replacing);
  Expected<Directory> directory = Directory::open("/tmp");
  if (log.failed() || directory.failed() || directory->sync().failed()) return;
  const std::uint32_t number = 1;
  if (log->writeAt(0, bytesOf(number)).failed()) return;
  while (log->sync().failed()) {
    if (writesAgain && log->writeAt(0, bytesOf(number)).failed()) return;
  }
  told->saved = number;
}

std::uint32_t recover() {
  for (;;) {
    Expected<File> log = File::open("/tmp/log");
    std::uint32_t number = 0;
    const std::span<std::byte> into = std::as_writable_bytes(std::span(&number, 1));
    if (log.failed() && log.error().reason().find("ENOENT") != std::string::npos) return 0;
    if (log.succeeded() && log->readAt(0, into).succeeded()) return number;
  }
}

}  // namespace syncedAgain

// The log is cut once what it says is in the state, which is not on the disk by then.
namespace cutEarly {

template <bool syncsState>
void save(Told* told) {
  File state = newFile("/tmp/state");
  savedUnsynced::save<true>(told);
  state.writeAt(0, bytesOf(last)).value();
  if (syncsState) state.sync().value();
  File log = File::open("/tmp/log", FileAccess::replacing).value();
  log.sync().value();
}

std::uint32_t recover() {
  return std::max(replaced::recover(), lastInLog());
}

}  // namespace cutEarly
}  // namespace

std::vector<Planted> plantedStorage() {
  const sim::Disk crashing{.crashOneIn = 10, .crashesMax = 1};
  return {
      {.name = "saved-unsynced",
       .mistake = "says that something is saved which is not synced",
       .broken = [] { program(savedUnsynced::save<false>, lastInLog); },
       .clean = [] { program(savedUnsynced::save<true>, lastInLog); },
       .runsMax = {200, 200, 500},
       .disk = crashing},
      {.name = "renamed-unsynced",
       .mistake = "gives a name to a file that is not synced",
       .broken = [] { program(replaced::save<false, true>, replaced::recover); },
       .clean = [] { program(replaced::save<true, true>, replaced::recover); },
       .runsMax = {200, 200, 500},
       .disk = crashing},
      {.name = "directory-unsynced",
       .mistake = "syncs a file and not the directory that has its name",
       .broken = [] { program(replaced::save<true, false>, replaced::recover); },
       .clean = [] { program(replaced::save<true, true>, replaced::recover); },
       .runsMax = {200, 200, 500},
       .disk = crashing},
      {.name = "torn-record",
       .mistake = "takes a record whose beginning is there to be whole",
       .broken = [] { program(tornRecord::save, tornRecord::recover<false>); },
       .clean = [] { program(tornRecord::save, tornRecord::recover<true>); },
       .runsMax = {1000, 1000, 5000},
       .disk = crashing},
      {.name = "synced-again",
       .mistake = "believes a sync after one that has failed",
       .broken = [] { program(syncedAgain::save<false>, syncedAgain::recover); },
       .clean = [] { program(syncedAgain::save<true>, syncedAgain::recover); },
       .runsMax = {500, 500, 2000},
       .disk = {.errorOneIn = 8}},
      {.name = "log-cut-early",
       .mistake = "cuts the log before what replaces it is synced",
       .broken = [] { program(cutEarly::save<false>, cutEarly::recover); },
       .clean = [] { program(cutEarly::save<true>, cutEarly::recover); },
       .runsMax = {200, 200, 500},
       .disk = crashing},
  };
}

}  // namespace troop::tests
