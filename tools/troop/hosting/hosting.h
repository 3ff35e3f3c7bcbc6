// Hosting runs the troops of a manifest in this process: it compiles their code, grants what the
// manifest grants, and starts and stops them.
//
// Ownership: borrows the Manifest. Threads: one at a time, from an OS thread; what it returns may
// be used from any. Errors: code that does not compile throws an Error that names file, line and
// column where known.
//
//   Hosting hosting(manifest, {.carriers = 0});
//   hosting.compile();
//   hosting.start("markdown");
//   Parser parser(hosting.find("markdown").capability());
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/membrane.h"
#include "sandbox/allow/log.h"
#include "sandbox/host.h"
#include "tools/troop/hosting/hosted-troop.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::hosting {

// Code that does not compile; the reason has a line for each file, with line and column where
// known.
class CompileError : public Error {
 public:
  explicit CompileError(std::string reason)
      : Error(ErrorKind::failed, std::move(reason), ErrorDetail::none, Executed::no) {}
};

struct HostingOptions {
  unsigned carriers = 0;           // 0: one for each CPU
  std::size_t memoryBytesMax = 0;  // of all troops together; 0: what this machine has left
  sandbox::allow::Log::Sink log = sandbox::allow::Log::toStandardError;
};

class Hosting {
 public:
  Hosting(const manifest::Manifest& manifest, HostingOptions options);
  ~Hosting();
  Hosting(const Hosting&) = delete;
  Hosting& operator=(const Hosting&) = delete;

  // Compiles the code of all troops, each file once; throws an Error that lists all that do not
  // compile, but for attackers whose expected verdict is that they are refused.
  void compile();

  // The verdict on such an attacker, whose code was refused; nothing where it was not.
  std::optional<std::string> refusal(std::string_view troop) const;

  // Throws an Error (overloaded) that names each troop whose memory cannot be reserved beside that
  // of those before it. After compile().
  void admit();

  // Starts a troop of the manifest that was not refused; those that it is granted must have been
  // started. After compile().
  HostedTroop& start(std::string_view troop);

  // Starts all of them, in the manifest's order.
  void startAll();

  // One that was started.
  HostedTroop& find(std::string_view troop) const;
  bool started(std::string_view troop) const;

  // Those that were started, in the order of starting.
  const std::vector<std::unique_ptr<HostedTroop>>& troops() const noexcept { return troops_; }

  // Ends all troops, the last started first.
  void stop(const std::string& reason);

  Process& process() { return host_.process(); }

 private:
  std::vector<sandbox::Grant> grants(const manifest::TroopEntry& entry);
  bool mayBeRefused(const std::string& troop) const;
  // Another troop's main object, in a membrane named as the grant.
  proxy::Capability granted(const std::string& name, const manifest::TroopGrant& grant);

  const manifest::Manifest& manifest_;
  const HostingOptions options_;
  sandbox::Host host_;
  std::map<std::string, sandbox::Image> images_;              // by the path of the code
  std::map<std::string, std::string, std::less<>> refusals_;  // by troop
  std::vector<std::unique_ptr<HostedTroop>> troops_;
};

}  // namespace troop::hosting
