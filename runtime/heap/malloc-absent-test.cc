// A program that links the runtime, but not //runtime:malloc, has the malloc of its C library.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <jemalloc/jemalloc.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "runtime/run.h"

namespace troop {
namespace {

std::string libraryOf(const void* symbol) {
  Dl_info found = {};
  return dladdr(symbol, &found) != 0 ? found.dli_fname : "";
}

bool isOurs(void* memory) {
  unsigned arena = 0;
  std::size_t size = sizeof(arena);
  return troop_je_mallctl("arenas.lookup", &arena, &size, static_cast<void*>(&memory),
                          sizeof(memory)) == 0;
}

TEST(Malloc, isLeftToTheCLibrary) {
  EXPECT_NE(libraryOf(dlsym(RTLD_DEFAULT, "malloc")).find("libc.so"), std::string::npos);
  EXPECT_NE(libraryOf(dlsym(RTLD_DEFAULT, "_Znwm")).find("libstdc++.so"), std::string::npos);
  run([] {
    const std::unique_ptr<int> fromNew = std::make_unique<int>(1);
    EXPECT_FALSE(isOurs(fromNew.get()));
    void* memory = std::malloc(100);
    EXPECT_FALSE(isOurs(memory));
    std::free(memory);
  });
}

}  // namespace
}  // namespace troop
