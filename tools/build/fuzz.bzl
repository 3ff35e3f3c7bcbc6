"""Fuzzers: programs that look for inputs which crash others, steered by what of the code they reach.

    troop_fuzzer(name = "message", srcs = ["message-fuzz.cc"], corpus = ["corpus/message/empty"], seconds = 60)

makes `message-test`, which runs every input of the corpus as a plain test by the library `:corpus`, and `message-fuzz-test`, which fuzzes for
that many seconds, with TROOP_LONG=1 in the environment for TROOP_FUZZ_HOURS, 2 unless told otherwise; Bazel is told by
--test_timeout that it may take so long. An input that crashes is printed, and kept in the test's outputs, as is all that a long
run has found to lead somewhere new; put into the corpus it stays a test.
"""

load("//tools/build:cc.bzl", "troop_cc_binary", "troop_cc_library", "troop_cc_test")

# All that the fuzzer is linked with counts what it does and is checked. Its own main is in the sanitizer's library.
def _instrumented_impl(_settings, _attributes):
    return {
        "//command_line_option:copt": [
            "-fsanitize=fuzzer-no-link,address,undefined",
            "-fno-sanitize-recover=all",
            "-fno-omit-frame-pointer",
            "-gline-tables-only",
            "-O1",
            "-UNDEBUG",
            "-U_FORTIFY_SOURCE",
        ],
        "//command_line_option:linkopt": [
            "-fuse-ld=lld",
            "-fsanitize=fuzzer,address,undefined",
            "-fsanitize-link-c++-runtime",
        ],
        "//command_line_option:platform_suffix": "-fuzz",
        "//command_line_option:strip": "never",
    }

_instrumented = transition(
    implementation = _instrumented_impl,
    inputs = [],
    outputs = [
        "//command_line_option:copt",
        "//command_line_option:linkopt",
        "//command_line_option:platform_suffix",
        "//command_line_option:strip",
    ],
)

_RUN = """#!/bin/sh
set -eu
seconds={seconds}
corpus=$(mktemp -d)
kept=${{TEST_UNDECLARED_OUTPUTS_DIR:-$corpus}}
if [ "${{TROOP_LONG:-}}" = 1 ]; then
  seconds=$((${{TROOP_FUZZ_HOURS:-2}} * 3600))
  corpus=$kept/corpus
  mkdir -p "$corpus"
  # The last input may take its time, and so may all that comes before the first.
  if [ "${{TEST_TIMEOUT:-$((seconds + 300))}}" -lt $((seconds + 300)) ]; then
    echo "fuzzing for $seconds s needs --test_timeout=$((seconds + 300)); it is $TEST_TIMEOUT" >&2
    exit 1
  fi
fi
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
exec {fuzzer} -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -malloc_limit_mb=1024 \\
  -artifact_prefix="$kept/" -print_final_stats=1 -verbosity=1 {options} "$corpus" {seeds}
"""

def _fuzz_test_impl(ctx):
    fuzzer = ctx.attr.fuzzer[0][DefaultInfo]
    seeds = {file.dirname: None for file in ctx.files.corpus}
    options = ["-dict=" + file.short_path for file in ctx.files.dictionary]
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        _RUN.format(
            fuzzer = fuzzer.files_to_run.executable.short_path,
            seconds = ctx.attr.seconds,
            options = " ".join(options),
            seeds = " ".join(seeds.keys()),
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(ctx.files.corpus + ctx.files.dictionary + ctx.files.data + [fuzzer.files_to_run.executable])
    return [DefaultInfo(executable = script, runfiles = runfiles)]

_fuzz_test = rule(
    implementation = _fuzz_test_impl,
    attrs = {
        "corpus": attr.label_list(allow_files = True),
        "data": attr.label_list(allow_files = True),
        "dictionary": attr.label_list(allow_files = True),
        "fuzzer": attr.label(cfg = _instrumented),
        "seconds": attr.int(),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

def troop_fuzzer(name, srcs, deps = [], data = [], corpus = [], dictionary = [], seconds = 60):
    """A function LLVMFuzzerTestOneInput, fuzzed by `NAME-fuzz-test` and fed its corpus by `NAME-test`.

    Args:
      name: of what is fuzzed.
      srcs: with the function.
      deps: as of every target.
      data: files that it reads.
      corpus: inputs to begin with, among them all that were ever found to do harm.
      dictionary: a file of words that inputs are made of, in libFuzzer's form.
      seconds: how long `NAME-fuzz-test` takes where nobody asks for more.
    """
    troop_cc_library(
        name = name + "-target",
        testonly = True,
        srcs = srcs,
        deps = deps,
        alwayslink = True,
    )
    troop_cc_binary(
        name = name + "-fuzzer",
        testonly = True,
        tags = ["manual"],
        deps = [":%s-target" % name],
    )
    _fuzz_test(
        name = name + "-fuzz-test",
        size = "large",
        timeout = "eternal",
        corpus = corpus,
        data = data,
        dictionary = dictionary,
        fuzzer = ":%s-fuzzer" % name,
        seconds = seconds,
        # It has a sanitizer of its own.
        tags = [
            "no-asan",
            "no-tsan",
        ],
    )
    troop_cc_test(
        name = name + "-test",
        size = "medium",
        data = data + corpus,
        deps = [
            "//tools/build:corpus",
            ":%s-target" % name,
        ],
        args = ["$(locations %s)" % label for label in corpus],
    )
