// Memory for C++: where there is none left, the plugin ends with a verdict that says so, or gets a
// null pointer where it asked for one (std::nothrow). The allocator's own state stays sound: it
// noticed before it changed anything.
#include <cstddef>
#include <cstdlib>
#include <new>

#include "sandbox/wasm/abi.h"

namespace {

[[noreturn]] void endWithoutMemory() {
  static constexpr char text[] = "no memory left";
  troop_host_abort(troop_abort_memory, text, sizeof text - 1);
}

void* allocate(std::size_t bytes) {
  return std::malloc(bytes != 0 ? bytes : 1);
}

void* allocate(std::size_t bytes, std::align_val_t alignment) {
  const auto align = static_cast<std::size_t>(alignment);
  const std::size_t rounded = (bytes + align - 1) & ~(align - 1);
  if (rounded < bytes) return nullptr;
  return std::aligned_alloc(align, rounded != 0 ? rounded : align);
}

void* checked(void* block) {
  if (block == nullptr) endWithoutMemory();
  return block;
}

}  // namespace

void* operator new(std::size_t bytes) {
  return checked(allocate(bytes));
}
void* operator new[](std::size_t bytes) {
  return checked(allocate(bytes));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return checked(allocate(bytes, alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return checked(allocate(bytes, alignment));
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return allocate(bytes, alignment);
}

void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
