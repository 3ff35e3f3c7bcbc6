// All attackers of this folder: what each may use, and what must become of it.
//
//   for (const Attacker& attacker : attackers()) host.compile(attacker.file);
#pragma once

#include <string>
#include <vector>

#include "sandbox/policy.h"

namespace troop::tests {

struct Attacker {
  const char* file;  // from the root of the sources, or of what is built
  // How its verdict begins. "not compiled: ..." and "not started: ..." where there must be no
  // guest; "idle" and "served" for those that live, of which nobody notices anything.
  const char* verdict;
  sandbox::Limits limits;

  bool isAlive() const;
  std::string name() const;  // of a guest, and of a test: letters and digits
};

// Every one is granted `victim`, something that renders Markdown, and a log.
const std::vector<Attacker>& attackers();

}  // namespace troop::tests
