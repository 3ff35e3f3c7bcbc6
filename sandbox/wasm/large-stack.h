// Runs foreign code that recurses deeply, such as a compiler, on a stack that is large enough,
// whoever asks: the stack of a Task is small.
//
// Threads: any OS thread, any Task; waits until it is done, and throws what it threw. A Task that
// is cancelled meanwhile waits as well, since what runs refers to what the Task holds.
//
//   runOnLargeStack([&] { module = Module::compile(engine, name, code); });
#pragma once

#include <functional>

namespace troop::sandbox::wasm {

void runOnLargeStack(const std::function<void()>& function);

}  // namespace troop::sandbox::wasm
