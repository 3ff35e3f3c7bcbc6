// Turns how troops fared into figures for the report, and finds what should not have happened.
//
// Threads: any; pure functions.
//
//   report.troops.push_back(figures(entry, fate));
//   for (std::string& fault : faultsOfServed("markdown", fate)) report.faults.push_back(fault);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/troop/hosting/hosted-troop.h"
#include "tools/troop/job/report.h"
#include "tools/troop/manifest/manifest.h"

namespace troop::job {

TroopFigures figures(const manifest::TroopEntry& entry, const hosting::Fate& fate);

// Of one whose code was refused, so that it never started.
TroopFigures figuresOfRefused(const manifest::TroopEntry& entry, std::string verdict);

// What took longer, or used more CPU time, than it may.
std::vector<std::string> faultsOfBounds(const TroopFigures& troop);

// A troop that serves the job lives and has answered. Which of the calls to it have failed is no
// matter: attackers call it, too.
std::vector<std::string> faultsOfServed(std::string_view troop, const hosting::Fate& fate);

// Every death of an attacker, or its life where it has not died, has the expected verdict.
std::vector<std::string> faultsOfAttacker(const manifest::DocumentsJob::Attacker& attacker,
                                          const hosting::Fate& fate);

}  // namespace troop::job
