// How the Tasks of a Process reach what is outside: "io_uring" where the kernel allows that and the
// Process was not asked to do without (ProcessOptions::io), "epoll" otherwise. Files are read and
// written by the kernel itself then, or by a few OS threads; all else is the same.
//
// Threads: any. Fails: throws as opening the first thing does (runtime/reactor/choice.h).
//
//   if (ioMechanism(process) != "io_uring") log("files are slower here");
#pragma once

#include <string_view>

namespace [[gnu::visibility("hidden")]] troop {

class Process;

std::string_view ioMechanism(Process& process);

}  // namespace troop
