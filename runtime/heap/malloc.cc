// malloc and operator new of a program that links //runtime:malloc: those of the allocator that the
// heaps of troops stand on. Nothing here is reached in a program that does not.
//
// Threads: any. Fails: as the C and C++ standards say.
#include <jemalloc/jemalloc.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

// Read after what runtime/heap/arena.cc says for troops, which pass by caches and arenas of the OS
// threads: everybody else wants both.
extern "C" const char* troop_je_malloc_conf_2_conf_harder;
const char* troop_je_malloc_conf_2_conf_harder = "narenas:default,tcache:true";

namespace {

bool callNewHandler() {
  const std::new_handler handler = std::get_new_handler();
  if (handler == nullptr) return false;
  handler();
  return true;
}

void* allocate(std::size_t bytes) {
  for (;;) {
    if (void* memory = troop_je_malloc(bytes)) return memory;
    if (!callNewHandler()) throw std::bad_alloc();
  }
}

void* allocate(std::size_t bytes, std::align_val_t alignment) {
  // No size at all is a size for C++, and none for mallocx.
  const std::size_t size = bytes != 0 ? bytes : 1;
  for (;;) {
    void* memory = troop_je_mallocx(size, MALLOCX_ALIGN(static_cast<std::size_t>(alignment)));
    if (memory != nullptr) return memory;
    if (!callNewHandler()) throw std::bad_alloc();
  }
}

template <typename... Arguments>
void* allocateOrNull(Arguments... arguments) noexcept {
  try {
    return allocate(arguments...);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

// Seen by the C library and by every other one.
#pragma GCC visibility push(default)

extern "C" {

void* malloc(std::size_t bytes) noexcept {
  return troop_je_malloc(bytes);
}
void free(void* memory) noexcept {
  troop_je_free(memory);
}
void* calloc(std::size_t count, std::size_t bytes) noexcept {
  return troop_je_calloc(count, bytes);
}
void* realloc(void* memory, std::size_t bytes) noexcept {
  return troop_je_realloc(memory, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return troop_je_aligned_alloc(alignment, bytes);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) noexcept {
  return troop_je_posix_memalign(memory, alignment, bytes);
}
void* memalign(std::size_t alignment, std::size_t bytes) noexcept {
  return troop_je_memalign(alignment, bytes);
}
void* valloc(std::size_t bytes) noexcept {
  return troop_je_valloc(bytes);
}
void* pvalloc(std::size_t bytes) noexcept {
  constexpr std::size_t page = 4096;
  if (bytes > SIZE_MAX - page) {
    errno = ENOMEM;
    return nullptr;
  }
  return troop_je_valloc(bytes == 0 ? page : (bytes + page - 1) / page * page);
}
// NOLINTNEXTLINE(readability-identifier-naming): the name that programs call
std::size_t malloc_usable_size(void* memory) noexcept {
  return troop_je_malloc_usable_size(memory);
}

}  // extern "C"

void* operator new(std::size_t bytes) {
  return allocate(bytes);
}
void* operator new[](std::size_t bytes) {
  return allocate(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, alignment);
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocateOrNull(bytes);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocateOrNull(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocateOrNull(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment,
                     const std::nothrow_t&) noexcept {
  return allocateOrNull(bytes, alignment);
}

void operator delete(void* memory) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory) noexcept {
  troop_je_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  troop_je_free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  troop_je_free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  troop_je_free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  troop_je_free(memory);
}
void operator delete(void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  troop_je_free(memory);
}
void operator delete[](void* memory, std::align_val_t, const std::nothrow_t&) noexcept {
  troop_je_free(memory);
}

#pragma GCC visibility pop
