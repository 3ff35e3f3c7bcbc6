"""Code from Protocol Buffers schemas with gRPC services, written by protoc.

    troop_grpc_library(name = "primes", src = "primes.proto")      # "FOLDER/primes.grpc.pb.h"
"""

load("//tools/build:cc.bzl", "troop_cc_generated_library")

_SUFFIX = ".proto"

def troop_grpc_library(name, src, visibility = None):
    """The C++ library of a schema's messages and services.

    Args:
      name: of the library.
      src: the schema, a file of the package that imports no other one.
      visibility: as of every target.
    """
    if not src.endswith(_SUFFIX) or src.startswith(":") or src.startswith("/"):
        fail("src is a schema of this package: %s" % src)
    base = src[:-len(_SUFFIX)]
    headers = [base + ".pb.h", base + ".grpc.pb.h"]
    sources = [base + ".pb.cc", base + ".grpc.pb.cc"]
    native.genrule(
        name = name + "-code",
        srcs = [src],
        outs = headers + sources,
        cmd = "protoc -I. --cpp_out=$(BINDIR) --grpc_out=$(BINDIR)" +
              " --plugin=protoc-gen-grpc=$$(command -v grpc_cpp_plugin) $(execpath %s)" % src,
        message = "Writing C++ for",
        visibility = ["//visibility:private"],
    )
    troop_cc_generated_library(
        name = name,
        srcs = sources,
        hdrs = headers,
        visibility = visibility,
        deps = ["//tools/third_party:grpc"],
    )
