#include "runtime/sim/disk/volume.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace troop::sim {
namespace {

constexpr std::size_t nameBytesMax = 255;
constexpr std::size_t pathBytesMax = 4095;

// Of an entry with a name so long, as the system has it.
std::size_t recordBytes(std::size_t nameBytes) {
  constexpr std::size_t alignment = alignof(dirent64);
  return (offsetof(dirent64, d_name) + nameBytes + 1 + alignment - 1) / alignment * alignment;
}

void writeRecord(const std::string& name, const Node::Entry& entry, std::span<std::byte> into) {
  const auto put = [&](std::size_t offset, auto value) {
    std::memcpy(into.data() + offset, &value, sizeof(value));
  };
  std::ranges::fill(into, std::byte{0});
  put(offsetof(dirent64, d_ino), decltype(dirent64::d_ino){entry.node->number});
  put(offsetof(dirent64, d_off), static_cast<decltype(dirent64::d_off)>(entry.place));
  put(offsetof(dirent64, d_reclen), static_cast<decltype(dirent64::d_reclen)>(into.size()));
  put(offsetof(dirent64, d_type),
      static_cast<decltype(dirent64::d_type)>(entry.node->isDirectory ? DT_DIR : DT_REG));
  std::memcpy(into.data() + offsetof(dirent64, d_name), name.data(), name.size());
}

// Its parts, without those that say nothing; `..` takes the one before back.
std::vector<std::string> partsOf(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return parts;
}

// Whether it is `top`, or in it.
bool isWithin(const Node& node, const Node& top) {
  return &node == &top || std::ranges::any_of(top.entries, [&](const auto& entry) {
    return isWithin(node, *entry.second.node);
  });
}

}  // namespace

void Node::apply(const Change& change, Entries& entries) {
  if (!change.gone.empty()) entries.erase(change.gone);
  if (!change.name.empty()) entries.insert_or_assign(change.name, change.entry);
}

void Node::change(std::uint64_t own, Change change) {
  apply(change, entries);
  changes.add(own, std::move(change), [this](const Change& done) { store(done); });
}

void Node::store(const Change& change) {
  if (change.fate) *change.fate = Fate::kept;
  apply(change, stored);
}

void Node::settle(Outage& outage) {
  isRemoved = false;
  file.settle(outage);
  changes.settle([&](std::uint64_t own, const Change& change, bool isSynced) {
    const bool isKept = change.fate ? *change.fate == Fate::kept : isSynced || outage.keeps(own);
    if (isKept) apply(change, stored);
  });
  entries = stored;
}

Volume::Volume(const Disk& disk) : disk_(disk), root_(makeNode(true)) {
  make(*root_, "tmp");
  sync(*root_, lastChange_);
}

Volume::~Volume() = default;

NodeRef Volume::makeNode(bool isDirectory) {
  if (nodes_.size() >= 64 && nodes_.size() == nodes_.capacity()) prune();
  auto node = std::make_shared<Node>(isDirectory, ++lastPlace_, disk_.sectorBytes);
  nodes_.push_back(node);
  return node;
}

void Volume::prune() {
  std::erase_if(nodes_, [](const std::weak_ptr<Node>& node) { return node.expired(); });
}

int Volume::find(std::string_view path, NodeRef* directory, std::string* name) const {
  if (path.empty()) return -ENOENT;
  if (path.size() > pathBytesMax) return -ENAMETOOLONG;
  std::vector<std::string> parts = partsOf(path);
  name->clear();
  *directory = root_;
  if (parts.empty()) return 0;
  *name = std::move(parts.back());
  parts.pop_back();
  if (name->size() > nameBytesMax) return -ENAMETOOLONG;
  for (const std::string& part : parts) {
    if (part.size() > nameBytesMax) return -ENAMETOOLONG;
    const auto found = (*directory)->entries.find(part);
    if (found == (*directory)->entries.end()) return -ENOENT;
    *directory = NodeRef(found->second.node);
    if (!(*directory)->isDirectory) return -ENOTDIR;
  }
  return 0;
}

void Volume::setEntry(Node& directory, const std::string& name, NodeRef node) {
  directory.change(++lastChange_,
                   {.gone = {}, .name = name, .entry = {std::move(node), ++lastPlace_}});
}

int Volume::open(std::string_view path, int flags, NodeRef* opened) {
  NodeRef directory;
  std::string name;
  if (const int error = find(path, &directory, &name); error != 0) return error;
  const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
  const bool saysDirectory = path.back() == '/';
  const auto found = directory->entries.find(name);
  if (name.empty() || found != directory->entries.end()) {
    const NodeRef node = name.empty() ? root_ : found->second.node;
    if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) return -EEXIST;
    if (node->isDirectory && (writes || (flags & O_CREAT) != 0)) return -EISDIR;
    if (!node->isDirectory && ((flags & O_DIRECTORY) != 0 || saysDirectory)) return -ENOTDIR;
    if ((flags & O_TRUNC) != 0) (void)resize(*node, 0);
    *opened = node;
    return 0;
  }
  if ((flags & O_CREAT) == 0) return -ENOENT;
  if (saysDirectory) return -EISDIR;
  *opened = makeNode(false);
  setEntry(*directory, name, *opened);
  return 0;
}

int Volume::make(Node& directory, const std::string& name) {
  if (!directory.isDirectory) return -ENOTDIR;
  if (name.size() > nameBytesMax) return -ENAMETOOLONG;
  if (directory.isRemoved) return -ENOENT;
  if (directory.entries.contains(name)) return -EEXIST;
  setEntry(directory, name, makeNode(true));
  return 0;
}

int Volume::rename(Node& directory, const std::string& from, Node& into, const std::string& to) {
  if (!directory.isDirectory || !into.isDirectory) return -ENOTDIR;
  if (from.size() > nameBytesMax || to.size() > nameBytesMax) return -ENAMETOOLONG;
  const auto found = directory.entries.find(from);
  if (found == directory.entries.end() || into.isRemoved) return -ENOENT;
  const NodeRef node = found->second.node;
  if (isWithin(into, *node)) return -EINVAL;
  if (const auto there = into.entries.find(to); there != into.entries.end()) {
    if (there->second.node == node) return 0;
    Node& replaced = *there->second.node;
    if (node->isDirectory && !replaced.isDirectory) return -ENOTDIR;
    if (!node->isDirectory && replaced.isDirectory) return -EISDIR;
    if (!replaced.entries.empty()) return -ENOTEMPTY;
    replaced.isRemoved = true;
  }
  const Node::Entry entry{node, ++lastPlace_};
  if (&directory == &into) {
    directory.change(++lastChange_, {.gone = from, .name = to, .entry = entry});
    return 0;
  }
  const auto fate = std::make_shared<Node::Fate>(Node::Fate::open);
  into.change(++lastChange_, {.gone = {}, .name = to, .entry = entry, .fate = fate});
  directory.change(++lastChange_, {.gone = from, .name = {}, .entry = {}, .fate = fate});
  return 0;
}

int Volume::remove(Node& directory, const std::string& name) {
  if (!directory.isDirectory) return -ENOTDIR;
  if (name.size() > nameBytesMax) return -ENAMETOOLONG;
  const auto found = directory.entries.find(name);
  if (found == directory.entries.end()) return -ENOENT;
  Node& node = *found->second.node;
  if (!node.entries.empty()) return -ENOTEMPTY;
  node.isRemoved = true;
  directory.change(++lastChange_, {.gone = name, .name = {}, .entry = {}});
  return 0;
}

long Volume::list(const Node& directory, std::uint64_t place, std::span<std::byte> into) {
  if (!directory.isDirectory) return -ENOTDIR;
  std::vector<const Node::Entries::value_type*> after;
  for (const auto& entry : directory.entries) {
    if (entry.second.place > place) after.push_back(&entry);
  }
  std::ranges::sort(after, {}, [](const auto* entry) { return entry->second.place; });
  std::size_t filled = 0;
  for (const auto* entry : after) {
    const std::size_t bytes = recordBytes(entry->first.size());
    if (filled + bytes > into.size()) {
      if (filled == 0) return -EINVAL;
      break;
    }
    writeRecord(entry->first, entry->second, into.subspan(filled, bytes));
    filled += bytes;
  }
  return static_cast<long>(filled);
}

std::string_view Volume::read(const Node& file, std::uint64_t offset, std::size_t bytes) {
  const std::string_view all = file.file.bytes();
  return offset < all.size() ? all.substr(offset, bytes) : std::string_view();
}

std::uint64_t Volume::used() {
  std::uint64_t used = 0;
  for (const std::weak_ptr<Node>& each : nodes_) {
    const NodeRef node = each.lock();
    if (node && !node->isRemoved) used += node->file.bytes().size();
  }
  return used;
}

std::uint64_t Volume::room(std::uint64_t bytes) {
  const std::uint64_t taken = used();
  return taken < disk_.roomBytes ? std::min(bytes, disk_.roomBytes - taken) : 0;
}

long Volume::write(Node& file, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::uint64_t length = file.file.bytes().size();
  const std::uint64_t end = offset + bytes.size();
  if (end > length) {
    const std::uint64_t missing = end - length - room(end - length);
    if (missing >= bytes.size()) return -ENOSPC;
    bytes.remove_suffix(missing);
  }
  file.file.write(++lastChange_, offset, bytes);
  return static_cast<long>(bytes.size());
}

int Volume::resize(Node& file, std::uint64_t bytes) {
  const std::uint64_t length = file.file.bytes().size();
  if (bytes > length && room(bytes - length) < bytes - length) return -ENOSPC;
  file.file.resize(++lastChange_, bytes);
  return 0;
}

void Volume::spoil(Node& file, std::uint64_t offset) {
  file.file.spoil(++lastChange_, offset);
}

void Volume::sync(Node& node, std::uint64_t last) {
  node.file.sync(last);
  node.changes.sync(last, [&](const Node::Change& done) { node.store(done); });
}

void Volume::giveUp(Node& node, std::uint64_t last) {
  node.file.giveUp(last);
  node.changes.giveUp(last);
}

void Volume::crash(const Draw& draw) {
  // What may come back has no name now, but is in a change.
  std::vector<NodeRef> all;
  std::vector<std::uint64_t> unsynced;
  for (const std::weak_ptr<Node>& each : nodes_) {
    if (NodeRef node = each.lock()) {
      node->file.appendUnsynced(unsynced);
      node->changes.appendNumbers(unsynced);
      all.push_back(std::move(node));
    }
  }
  Outage outage(draw, std::move(unsynced));
  decideFates(all, outage);
  for (const NodeRef& node : all) node->settle(outage);
  all.clear();
  prune();
}

// In their order, and none after one that is lost, as journals have it: directories that were moved
// to and fro would else be in each other. What was synced in one of the two is kept in both.
void Volume::decideFates(const std::vector<NodeRef>& all, Outage& outage) {
  std::map<std::uint64_t, Node::Fate*> open;
  for (const NodeRef& node : all) {
    node->changes.forEach([&](std::uint64_t own, const Node::Change& change, bool isSynced) {
      if (!change.fate) return;
      if (isSynced) *change.fate = Node::Fate::kept;
      open.emplace(own, change.fate.get());
    });
  }
  bool isLost = false;
  for (const auto& [own, fate] : open) {
    if (*fate != Node::Fate::open) continue;
    isLost = isLost || !outage.keeps(own);
    *fate = isLost ? Node::Fate::lost : Node::Fate::kept;
  }
}

}  // namespace troop::sim
