// The program `troop`: one command a file.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <string>

#include "tools/troop/check.h"
#include "tools/troop/exit-code.h"
#include "tools/troop/run.h"

namespace troop::command {
namespace {

constexpr const char* version = "troop 0.1.0";

constexpr const char* exitCodes =
    "Exit codes: 0 done; 1 the manifest or the code it names is wrong; 2 the command line is "
    "wrong;\n"
    "3 the job failed: a call was lost, a troop got another verdict than expected, or a bound did "
    "not\n"
    "hold; 4 this machine could not do it; 130 interrupted.";

Duration secondsToDuration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// What CLI11 has put aside for `troop run`.
struct RunArguments {
  std::string manifest;
  RunOptions::Output output = RunOptions::Output::table;
  unsigned carriers = 0;
  double secondsAlone = 0;
  double secondsAttack = 0;
  std::string results;
  manifest::DocumentsJob::Bounds bounds = manifest::DocumentsJob::Bounds::enforced;
};

CLI::App* addRun(CLI::App& app, RunArguments& arguments) {
  const std::map<std::string, RunOptions::Output> outputs{{"table", RunOptions::Output::table},
                                                          {"json", RunOptions::Output::json}};
  CLI::App* run = app.add_subcommand(
      "run", "Host the troops of a manifest in this process, and do its job if it has one");
  run->add_option("FILE", arguments.manifest, "The manifest, a TOML file")
      ->required()
      ->option_text(" ");
  run->add_option("--output", arguments.output, "How to print the result: table (default) or json")
      ->transform(CLI::CheckedTransformer(outputs).description(""))
      ->option_text("FORM");
  run->add_option("--seconds-alone", arguments.secondsAlone,
                  "How long to send documents without attackers, in place of the manifest's")
      ->check(CLI::Range(0.1, 86'400.0).description(""))
      ->option_text("SECONDS");
  run->add_option("--seconds-attack", arguments.secondsAttack,
                  "How long to send documents beside attackers, in place of the manifest's")
      ->check(CLI::Range(0.1, 86'400.0).description(""))
      ->option_text("SECONDS");
  run->add_option("--carriers", arguments.carriers,
                  "OS threads that run everything (default: one for each CPU)")
      ->check(CLI::Range(1u, 1024u).description(""))
      ->option_text("NUMBER");
  run->add_option("--results", arguments.results,
                  "Where to write what was rendered, in place of the manifest's folder")
      ->option_text("FOLDER");
  using Bounds = manifest::DocumentsJob::Bounds;
  const std::map<std::string, Bounds> bounds{{"enforced", Bounds::enforced},
                                             {"reported", Bounds::reported}};
  run->add_option("--bounds", arguments.bounds,
                  "Whether the run fails where latencies under attack or CPU time past limits are "
                  "over their bounds: enforced (default) or reported")
      ->transform(CLI::CheckedTransformer(bounds).description(""))
      ->option_text("FORM");
  run->footer(
      "The result goes to standard output, progress and errors to standard error. Ctrl-C ends the "
      "run\n"
      "and prints what there is.\n\n" +
      std::string(exitCodes));
  return run;
}

RunOptions runOptions(const CLI::App& run, const RunArguments& arguments) {
  RunOptions options{
      .manifest = arguments.manifest, .output = arguments.output, .carriers = arguments.carriers};
  if (run.count("--seconds-alone") != 0) options.alone = secondsToDuration(arguments.secondsAlone);
  if (run.count("--seconds-attack") != 0) {
    options.underAttack = secondsToDuration(arguments.secondsAttack);
  }
  if (run.count("--bounds") != 0) options.bounds = arguments.bounds;
  if (run.count("--results") != 0) options.results = arguments.results;
  return options;
}

ExitCode wrongUsage(const std::string& what) {
  std::fputs(("troop: " + what +
              "; the commands are run and check\n"
              "Run with --help for more information.\n")
                 .c_str(),
             stderr);
  return ExitCode::usageWrong;
}

ExitCode main(int argc, char** argv) {
  CLI::App app("Hosts code that is not trusted beside code that is.", "troop");
  app.set_version_flag("--version", version, "Print the version and exit");
  app.footer(exitCodes);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("troop: ") + error.what() + "\nRun with --help for more information.\n";
  });
  RunArguments runArguments;
  const CLI::App* run = addRun(app, runArguments);
  std::string checked;
  CLI::App* check =
      app.add_subcommand("check", "Check a manifest and the code that it names; start nothing");
  check->add_option("FILE", checked, "The manifest, a TOML file")->required()->option_text(" ");
  check->footer(exitCodes);

  // To CLI11 these would only be a command that is missing.
  const auto isMeant = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(isMeant).empty()) {
    return wrongUsage(std::string("there is no command '") + argv[1] + "'");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are parse errors to CLI11, of code 0.
    return app.exit(error) == 0 ? ExitCode::done : ExitCode::usageWrong;
  }
  if (app.get_subcommands().empty()) return wrongUsage("a command is missing");
  if (run->parsed()) return command::run(runOptions(*run, runArguments));
  return command::check(checked);
}

}  // namespace
}  // namespace troop::command

int main(int argc, char** argv) {
  return static_cast<int>(troop::command::main(argc, argv));
}
