#include "runtime/sharing/text.h"

#include <algorithm>
#include <new>

#include "runtime/sharing/holding.h"
#include "runtime/sharing/shared-block.h"

namespace troop {
namespace {

// The bytes stand behind it, in the same allocation.
class StringBlock final : public SharedBlock {
 public:
  static StringBlock* make(std::size_t size) {
    return new (size) StringBlock(sizeof(StringBlock) + size);
  }

  static void* operator new(std::size_t bytes, std::size_t size) {
    return ::operator new(bytes + size);
  }
  // NOLINTBEGIN(misc-new-delete-overloads): of what is made with room
  static void operator delete(void* block, std::size_t) noexcept { ::operator delete(block); }
  static void operator delete(void* block) noexcept { ::operator delete(block); }
  // NOLINTEND(misc-new-delete-overloads)

  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }

 private:
  explicit StringBlock(std::size_t bytes) : SharedBlock(bytes) {}
};

}  // namespace

SharedString::SharedString(const SharedString& other) {
  if (other.isInline()) {
    std::memcpy(bytes_, other.bytes_, sizeof(bytes_));
    return;
  }
  Part part = other.part();
  part.holding = part.holding->hold();
  setPart(part);
}

SharedString::~SharedString() {
  if (!isInline()) part().holding->drop();
}

SharedString::SharedString(std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(makeRoom(bytes.size()), bytes.data(), bytes.size());
}

SharedString::SharedString(std::span<const std::string_view> parts) {
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  char* end = makeRoom(size);
  for (const std::string_view part : parts) end = std::copy(part.begin(), part.end(), end);
}

SharedString::SharedString(const SharedString& whole, std::size_t start, std::size_t length) {
  start = std::min(start, whole.size());
  length = std::min(length, whole.size() - start);
  if (length <= inlineMax) {
    std::memcpy(bytes_, whole.data() + start, length);
    bytes_[inlineMax] = static_cast<char>(length);
    return;
  }
  setPart({whole.part().holding->hold(), whole.data() + start, length});
}

void SharedString::setPart(const Part& part) noexcept {
  std::memcpy(bytes_, &part, sizeof(part));
  bytes_[inlineMax] = static_cast<char>(sharedTag);
}

char* SharedString::makeRoom(std::size_t size) {
  if (size <= inlineMax) {
    bytes_[inlineMax] = static_cast<char>(size);
    return bytes_;
  }
  StringBlock* const block = StringBlock::make(size);
  setPart({&block->own(), block->data(), size});
  return block->data();
}

}  // namespace troop
