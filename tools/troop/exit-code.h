// How the program `troop` ends: what its exit codes mean, for every command.
#pragma once

namespace troop::command {

enum class ExitCode : int {
  done = 0,
  manifestWrong =
      1,  // the manifest, or the code that it names; what is wrong stands on standard error
  usageWrong = 2,     // the command line
  jobFailed = 3,      // a call was lost or failed, or a troop got another verdict than expected
  hostFailed = 4,     // this machine could not do it: memory, files, limits of the system
  interrupted = 130,  // by Ctrl-C or SIGTERM; what there was is printed
};

}  // namespace troop::command
