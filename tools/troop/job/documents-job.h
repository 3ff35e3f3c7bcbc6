// The job "documents": hosts a manifest's troops, sends documents to those that render, outline
// and count them, first alone and then beside attackers, and reports how all of them fared.
//
// Ownership: borrows what it is given. Threads: one OS thread drives it. Errors: throws Error where
// the job cannot be done at all; what went wrong while it was done is in Report::faults.
//
//   DocumentsJob job(manifest, hosting, progress, interrupted);
//   Report report = job.run();
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/troop/hosting/hosting.h"
#include "tools/troop/job/documents.h"
#include "tools/troop/job/load.h"
#include "tools/troop/job/progress.h"
#include "tools/troop/job/report.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::job {

// The interfaces that the job calls.
manifest::JobInterfaces documentsJobInterfaces();

class DocumentsJob {
 public:
  // Once `interrupted` is true the job ends as soon as it can, with what there is.
  DocumentsJob(const manifest::Manifest& manifest, hosting::Hosting& hosting, Progress& progress,
               const std::atomic<bool>& interrupted);

  Report run();

 private:
  // The items that send a document as a whole.
  struct WholeDocument {
    std::string name;
    std::size_t firstItem;  // of as many as there are services
  };

  // Documents of one kind that one troop serves: what is 1000 times as long is another kind.
  struct Series {
    Item::Service service;
    std::string documents;
  };

  void prepare();
  std::optional<documents::Stats> counter() const;
  std::size_t addSeries(Item::Service service, std::string documents);
  void addDocument(const manifest::DocumentsJob::Document& entry);
  void startServed();
  void startAttackers();
  void measure();
  // Waits until every attacker has died or got its verdict, for a while.
  void awaitVerdicts();
  void tick();
  std::string attackersText() const;
  void checkPhase(const char* phase, const Outcome& outcome);
  void writeResults();
  Report report();
  void addRefused(const manifest::DocumentsJob::Attacker& attacker, Report& report) const;
  void addLatencies(TroopFigures& row) const;
  std::optional<Item::Service> serviceOf(const std::string& troop) const;
  std::map<std::string, Duration> cpuUsed() const;
  std::vector<std::string> faultsOf(const std::string& troop, const hosting::Fate& fate) const;

  const manifest::Manifest& manifest_;
  const manifest::DocumentsJob& job_;
  hosting::Hosting& hosting_;
  Progress& progress_;
  const std::atomic<bool>& interrupted_;

  std::vector<Item> items_;
  std::vector<Series> series_;
  const std::vector<Item::Service> services_;
  std::vector<WholeDocument> wholes_;
  std::unique_ptr<Load> load_;
  std::string phase_;  // for the progress
  Time phaseStart_{};
  Duration phaseLength_{};
  LoadFigures loadFigures_;
  Outcome alone_;
  Outcome underAttack_;
  std::map<std::string, Duration> cpuBefore_;  // the attack
  std::map<std::string, Duration> cpuAfter_;
  std::vector<std::string> faults_;
};

}  // namespace troop::job
