// The disk of a simulated machine: directories and files, as its programs see them and as they
// would be after a crash.
//
// Ownership: the run's Disks; what is open keeps its Node, also where that has no name any more.
// Threads: the one that simulates. Fails: with -errno of the system's calls. Limits: those of
// sim::Disk; names have 255 bytes.
//
//   Volume volume({});
//   NodeRef log;
//   volume.open("/log", O_RDWR | O_CREAT, &log);
//   volume.write(*log, 0, "hello");
//   volume.sync(*log, volume.lastChange());
//   volume.crash(draw);
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/sim/disk/disk.h"
#include "runtime/sim/disk/outage.h"
#include "runtime/sim/disk/stored-file.h"
#include "runtime/sim/disk/unsynced.h"

namespace [[gnu::visibility("hidden")]] troop {
namespace sim {

struct Node;
using NodeRef = std::shared_ptr<Node>;

class Volume {
 public:
  explicit Volume(const Disk& disk);
  ~Volume();
  Volume(const Volume&) = delete;
  Volume& operator=(const Volume&) = delete;

  // `flags` as open(2) has them. 0, or -errno.
  int open(std::string_view path, int flags, NodeRef* opened);
  int make(Node& directory, const std::string& name);
  int rename(Node& directory, const std::string& from, Node& into, const std::string& to);
  int remove(Node& directory, const std::string& name);
  // As getdents64(2): fills `into` with what comes after `place`.
  static long list(const Node& directory, std::uint64_t place, std::span<std::byte> into);

  // Of files. How many bytes: as many as there is room for.
  static std::string_view read(const Node& file, std::uint64_t offset, std::size_t bytes);
  long write(Node& file, std::uint64_t offset, std::string_view bytes);
  int resize(Node& file, std::uint64_t bytes);
  void spoil(Node& file, std::uint64_t offset);

  // What came until then is on the disk; or is given up.
  static void sync(Node& node, std::uint64_t last);
  static void giveUp(Node& node, std::uint64_t last);
  std::uint64_t lastChange() const noexcept { return lastChange_; }

  // Holds what a crash has left. What is open must be closed.
  void crash(const Draw& draw);

 private:
  NodeRef makeNode(bool isDirectory);
  void prune();
  // Of changes of two directories.
  static void decideFates(const std::vector<NodeRef>& all, Outage& outage);
  // -errno, or 0 and the directory where the last part of `path` is or would be, and that part,
  // which is empty for the root.
  int find(std::string_view path, NodeRef* directory, std::string* name) const;
  void setEntry(Node& directory, const std::string& name, NodeRef node);
  std::uint64_t used();
  // How many of `bytes` more there are.
  std::uint64_t room(std::uint64_t bytes);

  const Disk disk_;
  std::uint64_t lastChange_ = 0;
  std::uint64_t lastPlace_ = 0;
  std::vector<std::weak_ptr<Node>> nodes_;  // all, in the order in which they were made
  NodeRef root_;
};

// A file or a directory.
struct Node {
  Node(bool directory, std::uint64_t own, std::size_t sectorBytes)
      : isDirectory(directory), number(own), file(sectorBytes) {}

  struct Entry {
    NodeRef node;
    std::uint64_t place;  // in a list; never that of another one
  };
  using Entries = std::map<std::string, Entry>;
  // Of changes of two directories that are one of the disk: whether one of them is kept.
  enum class Fate : unsigned char { open, kept, lost };  // open: until the machine crashes
  // A name is gone, or another one is of something, or both at once.
  struct Change {
    std::string gone;  // or empty
    std::string name;  // or empty
    Entry entry;
    std::shared_ptr<Fate> fate = nullptr;  // or of this one alone
  };
  static void apply(const Change& change, Entries& entries);
  // On the disk.
  void store(const Change& change);
  void change(std::uint64_t number, Change change);
  void settle(Outage& outage);

  const bool isDirectory;
  const std::uint64_t number;
  StoredFile file;
  bool isRemoved = false;  // it has no name, and takes no room
  // Of a directory.
  Entries entries;
  Entries stored;
  Unsynced<Change> changes;
};

}  // namespace sim
}  // namespace troop
