// The program `troop`: one command a file.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "tools/troop/bind.h"
#include "tools/troop/call.h"
#include "tools/troop/check.h"
#include "tools/troop/exec.h"
#include "tools/troop/exit-code.h"
#include "tools/troop/new.h"
#include "tools/troop/run.h"
#include "tools/troop/streams.h"

namespace troop::command {
namespace {

constexpr const char* version = "troop 0.1.0";

constexpr const char* exitCodes =
    "Exit codes: 0 done; 1 the manifest or the code it names is wrong; 2 the command\n"
    "line is wrong; 3 the job failed: a call failed or was lost, a troop got another\n"
    "verdict than expected, or a bound did not hold; 4 this machine could not do it;\n"
    "130 interrupted.";

Duration secondsToDuration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// What CLI11 has put aside for `troop run`.
struct RunArguments {
  std::string manifest;
  std::string output = "table";
  unsigned carriers = 0;
  double secondsAlone = 0;
  double secondsAttack = 0;
  std::string results;
  std::string bounds = "enforced";
  std::string trace;
};

CLI::App* addRun(CLI::App& app, RunArguments& arguments) {
  CLI::App* run =
      app.add_subcommand("run", "Host the troops of a manifest, and do its job if it has one");
  run->add_option("FILE", arguments.manifest, "The manifest, a TOML file")
      ->required()
      ->option_text(" ");
  run->add_option("--output", arguments.output, "How to print the result: table (default) or json")
      ->check(CLI::IsMember({"table", "json"}).description(""))
      ->option_text("FORM");
  run->add_option(
         "--seconds-alone", arguments.secondsAlone,
         "How long to send documents without attackers, in\nplace of what the manifest says")
      ->check(CLI::Range(0.1, 86'400.0).description(""))
      ->option_text("SECONDS");
  run->add_option(
         "--seconds-attack", arguments.secondsAttack,
         "How long to send documents beside attackers, in\nplace of what the manifest says")
      ->check(CLI::Range(0.1, 86'400.0).description(""))
      ->option_text("SECONDS");
  run->add_option("--carriers", arguments.carriers,
                  "OS threads that run everything (default: one for\neach CPU)")
      ->check(CLI::Range(1u, 1024u).description(""))
      ->option_text("NUMBER");
  run->add_option("--results", arguments.results,
                  "Where to write what was rendered, in place of the\nmanifest's folder")
      ->option_text("FOLDER");
  run->add_option("--bounds", arguments.bounds,
                  "Whether the run fails where latencies under attack\n"
                  "or CPU time past limits are over their bounds:\n"
                  "enforced (default) or reported")
      ->check(CLI::IsMember({"enforced", "reported"}).description(""))
      ->option_text("FORM");
  run->add_option("--trace", arguments.trace,
                  "Where to write what the OS threads that run\n"
                  "everything did, for Perfetto (ui.perfetto.dev)")
      ->option_text("FILE");
  run->footer(
      "The result goes to standard output, progress and errors to standard error.\n"
      "Ctrl-C ends the run and prints what there is. SIGQUIT (Ctrl-\\) has all that is\n"
      "hosted written to standard error, with what it waits for, and the run goes on.\n"
      "The columns of the table:\n\n"
      "  restarts     how often it was started again after its death\n"
      "  CPU          its CPU time; on loan: what it used to serve others' calls, at\n"
      "               their expense\n"
      "  share        of the CPU time of all carriers under attack\n"
      "  past limit   CPU time past a limit that it was killed for, in its worst life\n"
      "  peak memory  the most that it had at any time\n"
      "  p50, p99     latencies from when a call was due, alone and under attack\n"
      "  bound        of the p99 under attack: 5 ms plus three times the p99 alone;\n"
      "               'too few calls' where fewer than 200 make no p99\n\n"
      "  troop run troop.toml\n"
      "  troop run docs/examples/plugins/troop.toml --output json --bounds reported\n\n" +
      std::string(exitCodes));
  return run;
}

RunOptions runOptions(const CLI::App& run, const RunArguments& arguments) {
  using Bounds = manifest::DocumentsJob::Bounds;
  using Output = RunOptions::Output;
  RunOptions options{.manifest = arguments.manifest,
                     .output = arguments.output == "json" ? Output::json : Output::table,
                     .carriers = arguments.carriers};
  if (run.count("--seconds-alone") != 0) options.alone = secondsToDuration(arguments.secondsAlone);
  if (run.count("--seconds-attack") != 0) {
    options.underAttack = secondsToDuration(arguments.secondsAttack);
  }
  if (run.count("--bounds") != 0) {
    options.bounds = arguments.bounds == "reported" ? Bounds::reported : Bounds::enforced;
  }
  if (run.count("--results") != 0) options.results = arguments.results;
  if (run.count("--trace") != 0) options.trace = arguments.trace;
  return options;
}

CLI::App* addNew(CLI::App& app, NewOptions& options) {
  CLI::App* made = app.add_subcommand("new", "Make a folder with a plugin that works");
  made->add_option("NAME", options.folder,
                   "The folder; its last part is the plugin's name:\n"
                   "small letters, digits and '-'")
      ->required()
      ->option_text(" ");
  made->add_option("--lang", options.language, "What it is written in: js (default) or cpp")
      ->check(CLI::IsMember({"js", "cpp"}).description(""))
      ->option_text("LANGUAGE");
  made->add_option("--schema", options.schema,
                   "The interface that it serves, where there is one:\n"
                   "each of its methods then answers defaults")
      ->option_text("FILE:INTERFACE");
  made->footer(
      "Writes the plugin, its schema, its bindings, a manifest (troop.toml) and, for\n"
      "JavaScript, what editors need to check it; prints the commands that come next.\n"
      "Bindings are generated code: after a change of the schema, `troop bind` writes\n"
      "them anew.\n\n"
      "  troop new greeter\n"
      "  troop new greeter --lang cpp\n"
      "  troop new plugins/my-parser --schema proto/markdown.capnp:Parser\n\n" +
      std::string(exitCodes));
  return made;
}

CLI::App* addBind(CLI::App& app, BindOptions& options) {
  CLI::App* bind = app.add_subcommand("bind", "Write the bindings that plugins use, from a schema");
  bind->add_option("FILE", options.schema, "The schema, a .capnp file")
      ->required()
      ->option_text(" ");
  bind->add_option("--lang", options.language, "What the plugin is written in: js (default) or cpp")
      ->check(CLI::IsMember({"js", "cpp"}).description(""))
      ->option_text("LANGUAGE");
  bind->add_option("--into", options.folder, "The plugin's folder (default: that of the schema)")
      ->option_text("FOLDER");
  bind->footer(
      "For X.capnp, and for what it imports from its folder, writes X.troop.js and\n"
      "X.troop.d.ts, or for C++ X.guest.h and X.guest.cc. Run it after each change of\n"
      "the schema; keep what it wrote beside the plugin.\n\n"
      "  troop bind greeter/greeter.capnp\n"
      "  troop bind proto/outline.capnp --into docs/examples/plugins\n\n" +
      std::string(exitCodes));
  return bind;
}

CLI::App* addCheck(CLI::App& app, std::string& file) {
  CLI::App* check =
      app.add_subcommand("check", "Check a manifest and the code that it names; start nothing");
  check->add_option("FILE", file, "The manifest, a TOML file")->required()->option_text(" ");
  check->footer(
      "Tells every mistake as FILE:LINE:COLUMN: what is wrong; what would be right.\n"
      "Code is compiled; bindings beside it must be what their schemas say.\n\n"
      "  troop check greeter/troop.toml\n\n" +
      std::string(exitCodes));
  return check;
}

CLI::App* addCall(CLI::App& app, CallOptions& options) {
  CLI::App* call = app.add_subcommand("call", "Call a method of a troop, with JSON");
  call->add_option("FILE", options.manifest, "The manifest, a TOML file")
      ->required()
      ->option_text(" ");
  call->add_option("TROOP", options.troop, "A troop of the manifest that serves an interface")
      ->required()
      ->option_text(" ");
  call->add_option("METHOD", options.method, "A method of that interface")
      ->required()
      ->option_text(" ");
  call->add_option("PARAMETERS", options.parameters,
                   "A JSON object; what is left out has its default")
      ->option_text(" ");
  call->add_option("--repeat", options.repetitions,
                   "Call so often, one call after the other, and say\n"
                   "what that took (default: once)")
      ->check(CLI::Range(1u, 10'000'000u).description(""))
      ->option_text("NUMBER");
  call->footer(
      "Starts the troop and those that it is granted, makes the call, and ends them.\n"
      "The results go to standard output, as a line of JSON; log and errors of plugins\n"
      "to standard error. Structs are objects, Data is a list of bytes, enumerants are\n"
      "text; of a union give one member, with null for Void. Capabilities cannot be\n"
      "given.\n\n"
      "  troop call greeter/troop.toml greeter greet '{\"name\": \"world\"}'\n\n" +
      std::string(exitCodes));
  return call;
}

CLI::App* addExec(CLI::App& app, ExecOptions& options) {
  CLI::App* exec =
      app.add_subcommand("exec", "Run a program as it is, its pthreads as Threads of Troop");
  exec->add_option("--carriers", options.carriers,
                   "OS threads that run its pthreads (default: one for\neach CPU)")
      ->check(CLI::Range(1u, 1024u).description(""))
      ->option_text("NUMBER");
  exec->add_option("PROGRAM", options.program, "The program; what follows is its own")
      ->option_text("ARGUMENT...");
  exec->footer(
      "Options end at the program, or at `--` before it.\n\n"
      "The program is not changed: a library that is loaded into it (LD_PRELOAD) has\n"
      "its pthreads run in Threads, thousands on a few OS threads, and wait there for\n"
      "mutexes, conditions, semaphores, sleeps and sockets. So have the programs that\n"
      "it starts. What is linked statically, or is setuid, cannot be run so. What it\n"
      "cannot do stands in runtime/preload/README.md.\n\n"
      "  troop exec python3 server.py\n"
      "  troop exec --carriers 4 ./worker --jobs 10000\n\n"
      "The exit code is that of the program; 2: there is no such program, or it cannot\n"
      "be run so; 4: this machine could not do it.");
  return exec;
}

// Where the options of `troop exec` end in `argv`: at `--`, or at the program. What follows is the
// program's own, in which CLI11 would find options and commands.
int endOfOptions(const CLI::App& exec, int argc, char** argv) {
  const auto isOption = [](std::string_view text) {
    return text.size() > 1 && text.front() == '-' && text != "--";
  };
  int index = 2;
  while (index < argc && isOption(argv[index])) {
    const CLI::Option* option = exec.get_option_no_throw(argv[index]);
    index += 1 + (option == nullptr ? 0 : option->get_items_expected_min());
  }
  return std::min(index, argc);
}

ExitCode wrongUsage(const std::string& what) {
  std::fputs(("troop: " + what +
              "; the commands are new, bind, check, call, run and exec\n"
              "Run with --help for more information.\n")
                 .c_str(),
             stderr);
  return ExitCode::usageWrong;
}

ExitCode main(int argc, char** argv) {
  CLI::App app("Hosts code that is not trusted beside code that is.", "troop");
  // What follows a command is never another one, whatever its name.
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", version, "Print the version and exit");
  app.footer("A first plugin: troop new greeter, and follow what it says.\n\n" +
             std::string(exitCodes));
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("troop: ") + error.what() + "\nRun with --help for more information.\n";
  });
  NewOptions newOptions;
  newOptions.program = argv[0];
  const CLI::App* made = addNew(app, newOptions);
  BindOptions bindOptions;
  const CLI::App* bind = addBind(app, bindOptions);
  std::string checked;
  const CLI::App* check = addCheck(app, checked);
  CallOptions callOptions;
  const CLI::App* call = addCall(app, callOptions);
  RunArguments runArguments;
  const CLI::App* run = addRun(app, runArguments);
  ExecOptions execOptions;
  const CLI::App* executed = addExec(app, execOptions);

  // To CLI11 these would only be a command that is missing.
  const auto isMeant = [&](const CLI::App* command) { return command->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(isMeant).empty()) {
    return wrongUsage(std::string("there is no command '") + argv[1] + "'");
  }
  int parsed = argc;
  if (argc > 1 && argv[1] == executed->get_name()) {
    parsed = endOfOptions(*executed, argc, argv);
    const bool marked = parsed < argc && std::string_view(argv[parsed]) == "--";
    execOptions.program.assign(argv + parsed + (marked ? 1 : 0), argv + argc);
  }
  try {
    app.parse(parsed, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are parse errors to CLI11, of code 0.
    return app.exit(error) == 0 ? ExitCode::done : ExitCode::usageWrong;
  }
  if (app.get_subcommands().empty()) return wrongUsage("a command is missing");
  if (made->parsed()) return makeNew(newOptions);
  if (bind->parsed()) return command::bind(bindOptions);
  if (check->parsed()) return command::check(checked);
  if (call->parsed()) return command::call(callOptions);
  if (executed->parsed()) return command::exec(execOptions);
  return command::run(runOptions(*run, runArguments));
}

}  // namespace
}  // namespace troop::command

int main(int argc, char** argv) {
  try {
    return static_cast<int>(troop::command::main(argc, argv));
  } catch (const std::exception& error) {
    // What no command expects: no memory, a file system that gives up in the middle.
    troop::command::printError(std::string("error: ") + error.what() + "\n");
    return static_cast<int>(troop::command::ExitCode::hostFailed);
  }
}
