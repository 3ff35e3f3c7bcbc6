"""The one place where compiler flags stand: every C++ target is made by one of these macros."""

load("//tools/build:compile-error.bzl", "compile_error_test")
load("//tools/build:precompiled.bzl", "precompiled_headers")

_COPTS = [
    "-std=c++20",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wthread-safety",
    "-Wnon-virtual-dtor",
    "-Woverloaded-virtual",
    "-Wimplicit-fallthrough",
    # Designated initializers leave out the fields whose defaults are meant.
    "-Wno-missing-field-initializers",
]

_C_COPTS = [
    "-std=c11",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wshadow",
    "-Wimplicit-fallthrough",
]

# Code that a generator wrote is compiled without warnings: they would speak to nobody.
_GENERATED_COPTS = [
    "-std=c++20",
    "-w",
]

# What the runtime is made of shows in no library of a host that links it; for what the host's own
# sources make of its headers, the namespaces in those say so.
_HIDDEN = ["-fvisibility=hidden"]

# All that debuggers need of the types that a source names, at every level of optimisation.
_DESCRIBED = [
    "-g",
    "-fstandalone-debug",
]

_UNFORTIFIED_COPTS = ["-U_FORTIFY_SOURCE"]

# What is written is what runs, step by step, and variables are where they are said to be.
_DEBUGGED = [
    "-g",
    "-O0",
] + _UNFORTIFIED_COPTS

# What most sources, and all tests, take from the system, parsed once: two of the three seconds that
# a test of few lines takes to compile.
_STANDARD_HEADERS = [
    "algorithm",
    "array",
    "atomic",
    "chrono",
    "functional",
    "map",
    "memory",
    "mutex",
    "optional",
    "set",
    "span",
    "string",
    "thread",
    "unordered_map",
    "vector",
]

# Where an object is for programs or for shared libraries, one file does not suit both.
def _where_one_suits_all(values):
    return select({
        "//tools/build:pic": values,
        "//conditions:default": [],
    })

_STANDARD = "//tools/build:standard-headers"
_STANDARD_DEPS = _where_one_suits_all([_STANDARD])
_WITH_STANDARD = _where_one_suits_all(["-include-pch", "$(location %s)" % _STANDARD])

_TEST = "//tools/build:test-headers"
_TEST_DEPS = _where_one_suits_all([_TEST])
_WITH_TEST = _where_one_suits_all(["-include-pch", "$(location %s)" % _TEST])

# What a sanitizer adds to a test, the optimiser takes most of the time over: twice as long for the
# longest. What is tested is optimised.
_TEST_SOURCES_QUICKLY = select({
    "//tools/build:asan": ["-O0"],
    "//tools/build:tsan": ["-O0"],
    "//conditions:default": [],
})

def troop_cc_precompiled_headers():
    """What the other macros name, in the package of this file."""
    precompiled_headers(
        name = "standard-headers",
        copts = _COPTS,
        includes = _STANDARD_HEADERS,
        visibility = ["//visibility:public"],
    )
    precompiled_headers(
        name = "test-headers",
        testonly = True,
        copts = _COPTS + _TEST_SOURCES_QUICKLY,
        includes = _STANDARD_HEADERS + ["gtest/gtest.h"],
        visibility = ["//visibility:public"],
    )

_EVERY_PROGRAM = ["//tools/build:tsan-suppressions"]

def _check(name, arguments):
    if "copts" in arguments:
        fail("%s: flags stand only in tools/build/cc.bzl" % name)

def troop_cc_library(name, hdrs = [], srcs = [], deps = [], **kwargs):
    """A module: one library, with its header, its source and what they use.

    It is no shared library, which by itself would lack what the runtime hides.
    """
    _check(name, kwargs)
    hidden = _HIDDEN if (native.package_name() + "/").startswith("runtime/") else []
    native.cc_library(
        name = name,
        hdrs = hdrs,
        srcs = srcs,
        deps = deps + _STANDARD_DEPS,
        copts = _COPTS + _WITH_STANDARD + hidden,
        linkstatic = True,
        **kwargs
    )

def troop_cc_replacing_library(name, srcs, deps = [], **kwargs):
    """Sources that define functions of the C library, for programs that find these in its place.

    Fortified headers define some of them already, those that are parsed once are fortified.
    """
    _check(name, kwargs)
    native.cc_library(
        name = name,
        srcs = srcs,
        deps = deps,
        copts = _COPTS + _UNFORTIFIED_COPTS + _HIDDEN,
        alwayslink = True,
        linkstatic = True,
        **kwargs
    )

def troop_cc_described_library(name, srcs, deps = [], **kwargs):
    """Sources with debug information, which every program has that depends on them."""
    _check(name, kwargs)
    native.cc_library(
        name = name,
        srcs = srcs,
        deps = deps,
        copts = _COPTS + _HIDDEN + _DESCRIBED,
        alwayslink = True,
        linkstatic = True,
        **kwargs
    )

def troop_cc_generated_library(name, hdrs = [], srcs = [], deps = [], **kwargs):
    """A library of sources that a generator wrote."""
    _check(name, kwargs)
    native.cc_library(
        name = name,
        hdrs = hdrs,
        srcs = srcs,
        deps = deps,
        copts = _GENERATED_COPTS,
        linkstatic = True,
        **kwargs
    )

def troop_cc_binary(name, srcs = [], deps = [], **kwargs):
    """A program."""
    _check(name, kwargs)
    native.cc_binary(name = name, srcs = srcs, deps = deps + _EVERY_PROGRAM, copts = _COPTS, **kwargs)

def troop_cc_debugged_binary(name, srcs = [], deps = [], **kwargs):
    """A program whose own sources a debugger shows, for tests and documents."""
    _check(name, kwargs)
    native.cc_binary(
        name = name,
        srcs = srcs,
        deps = deps + _EVERY_PROGRAM,
        copts = _COPTS + _DEBUGGED,
        **kwargs
    )

def troop_cc_shared_library(name, srcs = [], deps = [], exports = None, **kwargs):
    """A library to be loaded, by its file name, compiled with a host's flags, which hide nothing.

    Where `exports` is a version script for the linker, it shows what that names and nothing else.
    """
    _check(name, kwargs)
    native.cc_binary(
        name = name,
        srcs = srcs,
        deps = deps + ([exports] if exports else []),
        copts = _COPTS,
        linkopts = ["-Wl,--version-script=$(location %s)" % exports] if exports else [],
        linkshared = True,
        **kwargs
    )

def troop_cc_test(name, srcs = [], deps = [], size = "small", **kwargs):
    """A GoogleTest program with its main.

    Tagged "no-asan" or "no-tsan", it is left out of that sanitizer's run.
    """
    _check(name, kwargs)
    native.cc_test(
        name = name,
        srcs = srcs,
        deps = deps + _EVERY_PROGRAM + ["//tools/third_party:gtest_main"] + _TEST_DEPS,
        copts = _COPTS + _WITH_TEST + _TEST_SOURCES_QUICKLY,
        size = size,
        **kwargs
    )

def troop_cc_test_in_c(name, srcs = [], deps = [], size = "small", tags = [], **kwargs):
    """A program in C, with a main of its own, that ends with 0; it counts as one case."""
    _check(name, kwargs)
    native.cc_test(
        name = name,
        srcs = srcs,
        deps = deps + _EVERY_PROGRAM,
        copts = _C_COPTS,
        size = size,
        tags = tags + ["no-cases"],
        **kwargs
    )

def troop_cc_compile_error_test(name, src, deps, size = "small", tags = [], **kwargs):
    """A source that must not compile: each statement below `// error: TEXT` is refused with TEXT."""
    _check(name, kwargs)
    compile_error_test(
        name = name,
        src = src,
        deps = deps,
        copts = _COPTS,
        size = size,
        # The compiler says the same under the sanitizers.
        tags = tags + ["no-asan"],
        **kwargs
    )

def troop_cc_model_test(name, srcs = [], deps = [], size = "small", **kwargs):
    """A GoogleTest program whose models //runtime:model runs.

    The switches of the checker between its stacks look like damage to fortified functions, and the
    sanitizers are told nothing of them.
    """
    _check(name, kwargs)
    native.cc_test(
        name = name,
        srcs = srcs,
        deps = deps + _EVERY_PROGRAM + ["//tools/third_party:gtest_main"],
        copts = _COPTS + _UNFORTIFIED_COPTS,
        size = size,
        tags = [
            "no-asan",
            "no-tsan",
        ],
        **kwargs
    )
