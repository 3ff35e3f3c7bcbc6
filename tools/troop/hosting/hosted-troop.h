// A HostedTroop is a troop of a manifest that runs: a guest, and after its death the next one, for
// as long as its entry has it started again. Its figures are those of all its lives.
//
// Ownership: borrows the Host, which must outlive it; its destructor stops it. Threads: any.
// Errors: what becomes of the guest is in the verdict. Limits: those of the entry, for each life
// anew; what was granted with a number of calls is granted once, so that dying wins no further
// calls.
//
//   HostedTroop markdown(host, entry, host.compile(entry.code), grants);
//   markdown.start();
//   Parser parser(markdown.capability());    // also of its later lives
//   markdown.stop("the run is over");
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proxy/capability.h"
#include "runtime/event.h"
#include "runtime/thread.h"
#include "sandbox/guest.h"
#include "sandbox/host.h"
#include "tools/troop/hosting/standing-endpoint.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::hosting {

// How the troop fared, in all its lives.
struct Fate {
  // A guest may die of something else each time, and is started again for ever: of more verdicts
  // than these the kind is kept, as in "failed: for other reasons".
  static constexpr std::size_t verdictsMax = 32;

  std::string verdict;  // on the life that died last, or else on the one that lives
  std::map<std::string, std::uint64_t> deaths;  // how often it died with which verdict
  std::uint64_t starts = 0;
  sandbox::Usage usage;  // sums; the highest peak, and the worst past a limit
  bool alive = false;
};

class HostedTroop {
 public:
  HostedTroop(sandbox::Host& host, const manifest::TroopEntry& entry, sandbox::Image image,
              std::vector<sandbox::Grant> grants);
  ~HostedTroop();
  HostedTroop(const HostedTroop&) = delete;
  HostedTroop& operator=(const HostedTroop&) = delete;

  const manifest::TroopEntry& entry() const noexcept { return entry_; }

  // Starts the first life. Once.
  void start();

  // Ends the present life and begins no other; waits until all is over. What the host ends is no
  // death.
  void stop(const std::string& reason);

  // Waits until it has ended and will not be started again; false at the deadline.
  [[nodiscard]] bool waitEnd(Time deadline = never);

  // Its main object, the same in all lives.
  proxy::Capability capability() const { return proxy::Capability(standing_); }

  Fate fate() const;

 private:
  void supervise();
  // Spawns a guest and has it serve; one that could not be spawned has died at once.
  void beginLife();
  void endLife(const sandbox::Guest& guest);
  void countDeath(const std::string& verdict);
  Duration pauseAfter(Duration life);
  std::optional<sandbox::Guest> guest() const;

  sandbox::Host& host_;
  const manifest::TroopEntry& entry_;
  const sandbox::Image image_;
  const std::vector<sandbox::Grant> grants_;
  const Ref<StandingEndpoint> standing_;
  Event stopping_;
  Ref<Thread> supervisor_;
  Duration pause_;  // only of the supervisor

  mutable std::mutex mutex_;             // protects what follows; never held while waiting
  std::optional<sandbox::Guest> guest_;  // the one that lives
  std::optional<std::string> stopReason_;
  std::string verdict_;  // on the life that died last, or on the one that was stopped
  Fate past_;            // of the lives that are over
};

}  // namespace troop::hosting
