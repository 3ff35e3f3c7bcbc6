"""Headers of the system, parsed once for all the sources that start with them."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

# The compiler wants one by its path; the others are included before it.
_MAIN = "/usr/include/errno.h"

def _precompiled_headers(ctx):
    toolchain = find_cpp_toolchain(ctx)
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    headers = ctx.actions.declare_file(ctx.label.name + ".pch")

    # What a source is compiled with, of which the compiler lets differ next to nothing.
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        use_pic = True,
        user_compile_flags = ctx.fragments.cpp.copts + ctx.fragments.cpp.cxxopts + ctx.attr.copts,
    )
    arguments = ctx.actions.args()
    arguments.add_all(cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = ACTION_NAMES.cpp_compile,
        variables = variables,
    ))
    arguments.add_all(ctx.attr.includes, before_each = "-include")

    # The same bytes whenever and wherever it is made, so that what was compiled with it is found in
    # the cache; while it is made itself on each machine, from the headers which that one has.
    arguments.add_all(["-Xclang", "-fno-pch-timestamp"])
    arguments.add_all(["-x", "c++-header", _MAIN, "-o", headers])
    ctx.actions.run(
        outputs = [headers],
        inputs = toolchain.all_files,
        executable = toolchain.compiler_executable,
        arguments = [arguments],
        env = {"PATH": "/bin:/usr/bin:/usr/local/bin"},
        execution_requirements = {"no-cache": "1"},
        mnemonic = "PrecompileHeaders",
        progress_message = "Precompiling %s" % ctx.label,
    )
    context = cc_common.create_compilation_context(headers = depset([headers]))
    return [DefaultInfo(files = depset([headers])), CcInfo(compilation_context = context)]

precompiled_headers = rule(
    implementation = _precompiled_headers,
    attrs = {
        "copts": attr.string_list(doc = "The flags of the sources that use it."),
        "includes": attr.string_list(doc = "Names of headers, as in `#include <NAME>`."),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    doc = """A file for `-include-pch`, as a dependency of what is compiled with it and with -fPIC.

    Only headers of the system: those of the project change, and each of its sources names what it
    needs. clang-tidy parses them anew, and finds what a source uses and does not include.""",
    fragments = ["cpp"],
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
)
