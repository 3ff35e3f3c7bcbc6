// All attackers of this folder: what each may use, and what must become of it.
//
//   for (const Attacker& attacker : attackers()) host.compile(attacker.file);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/policy.h"

namespace troop::tests {

struct Attacker {
  const char* file;  // from the root of the sources, or of what is built
  // How its verdict begins. "not compiled: ..." and "not started: ..." where there must be no
  // guest; "idle", "served" and "refused" for those that live, of which nobody notices anything.
  const char* verdict;
  sandbox::Limits limits;
  // That it did what it says, and was met as it must: each of these texts stands in what was heard
  // of it, which is its log and what it answered. Of those that live, there always is some.
  std::vector<const char*> evidence = {};
  // Calls of the victim as `renderer`, which is taken from it then; 0: it has no such grant.
  std::uint64_t callsUntilRevoked = 0;

  bool isAlive() const;
  std::string name() const;  // of a guest, and of a test: letters and digits
};

// Every one is granted `victim`, something that renders Markdown, and a log.
const std::vector<Attacker>& attackers();

}  // namespace troop::tests
