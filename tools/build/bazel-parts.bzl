"""What Debian's Bazel would download: small local substitutes, so that it needs no network."""

_CC_RULES = """
cc_library = native.cc_library
cc_binary = native.cc_binary
cc_test = native.cc_test
cc_import = native.cc_import
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
cc_proto_library = native.cc_proto_library
fdo_prefetch_hints = native.fdo_prefetch_hints
fdo_profile = native.fdo_profile
"""

_COVERAGE = """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["no-coverage.sh"],
    visibility = ["//visibility:public"],
)
"""

def _written_repository(context):
    for path, content in context.attr.files.items():
        context.file(path, content, executable = path.endswith(".sh"))

_repository_of_files = repository_rule(
    implementation = _written_repository,
    attrs = {"files": attr.string_dict(doc = "content by path")},
    doc = "A repository whose files are given in the rule.",
)

def bazel_parts():
    """Declares the repositories that Bazel's own rules load."""
    _repository_of_files(
        name = "rules_cc",
        files = {"cc/BUILD": "", "cc/defs.bzl": _CC_RULES},
    )
    _repository_of_files(
        name = "remote_coverage_tools",
        files = {"BUILD": _COVERAGE, "no-coverage.sh": "#!/bin/sh\n"},
    )

    # From Debian's package bazel-rules-java.
    native.local_repository(
        name = "rules_java",
        path = "/usr/share/bazel/rules/java",
    )
