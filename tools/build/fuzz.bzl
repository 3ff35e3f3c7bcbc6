"""Fuzzers: programs that look for inputs which crash others, steered by what of the code they reach.

    troop_fuzzer(name = "message", srcs = ["message-fuzz.cc"], corpus = ["corpus/message/empty"], seconds = 60)

makes `message-test`, which runs every input of the corpus as a plain test by the library `:corpus`, and `message-fuzz-test`, which fuzzes for
that many seconds, with TROOP_LONG=1 in the environment for 50 minutes. An input that crashes is printed, and kept in the
test's outputs; put into the corpus it stays a test.
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
[ "${{TROOP_LONG:-}}" != 1 ] || seconds=3000
corpus=$(mktemp -d)
kept=${{TEST_UNDECLARED_OUTPUTS_DIR:-$corpus}}
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
exec {fuzzer} -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -artifact_prefix="$kept/" \\
  -print_final_stats=1 -verbosity=1 "$corpus" {seeds}
"""

def _fuzz_test_impl(ctx):
    fuzzer = ctx.attr.fuzzer[0][DefaultInfo]
    seeds = {file.dirname: None for file in ctx.files.corpus}
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        _RUN.format(
            fuzzer = fuzzer.files_to_run.executable.short_path,
            seconds = ctx.attr.seconds,
            seeds = " ".join(seeds.keys()),
        ),
        is_executable = True,
    )
    runfiles = ctx.runfiles(ctx.files.corpus + ctx.files.data + [fuzzer.files_to_run.executable])
    return [DefaultInfo(executable = script, runfiles = runfiles)]

_fuzz_test = rule(
    implementation = _fuzz_test_impl,
    attrs = {
        "corpus": attr.label_list(allow_files = True),
        "data": attr.label_list(allow_files = True),
        "fuzzer": attr.label(cfg = _instrumented),
        "seconds": attr.int(),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
    },
    test = True,
)

def troop_fuzzer(name, srcs, deps = [], data = [], corpus = [], seconds = 60):
    """A function LLVMFuzzerTestOneInput, fuzzed by `NAME-fuzz-test` and fed its corpus by `NAME-test`."""
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
        corpus = corpus,
        data = data,
        fuzzer = ":%s-fuzzer" % name,
        seconds = seconds,
        # It has a sanitizer of its own, and wants the machine to itself.
        tags = [
            "no-asan",
            "no-tsan",
            "exclusive",
        ],
    )
    troop_cc_test(
        name = name + "-test",
        size = "medium",
        data = data + corpus,
        deps = [
            ":corpus",
            ":%s-target" % name,
        ],
        args = ["$(locations %s)" % label for label in corpus],
    )
