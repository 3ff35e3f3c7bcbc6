"""Code from Cap'n Proto schemas, written by capnpc-troop.

    troop_capnp_library(name = "renderer", src = "renderer.capnp")      # "proto/renderer.troop.h"
    troop_capnp_js(name = "renderer-js", src = "renderer.capnp")        # renderer.troop.js, renderer.troop.d.ts

`deps` are the targets, made by the same macro, of the schemas that `src` imports. Schemas import each other by
paths from the root of the project ("/proto/renderer.capnp") or from their own folder.
"""

load("//tools/build:cc.bzl", "troop_cc_generated_library")

_SUFFIX = ".capnp"

def _base(src):
    if not src.endswith(_SUFFIX) or src.startswith(":") or src.startswith("/"):
        fail("src is a schema of this package: %s" % src)
    return src[:-len(_SUFFIX)]

def _part(label, part):
    """The target `part` beside another one: "//proto:renderer" and "schema" give "//proto:renderer-schema"."""
    if label.startswith("//") and ":" not in label:
        label = "%s:%s" % (label, label.split("/")[-1])
    return "%s-%s" % (label, part)

def _generate(name, src, deps, outs, language, visibility):
    native.filegroup(
        name = _part(name, "schema"),
        srcs = [src] + [_part(dep, "schema") for dep in deps],
        visibility = visibility,
    )
    compiler = "//proxy/compiler:capnpc-troop-" + language
    native.genrule(
        name = _part(name, "code"),
        srcs = [src] + [_part(dep, "schema") for dep in deps],
        outs = outs,
        cmd = "capnp compile -I. -o./$(execpath %s):$(BINDIR) $(execpath %s)" % (compiler, src),
        message = "Writing %s for" % language,
        tools = [compiler],
        visibility = ["//visibility:private"],
    )

def troop_capnp_library(name, src, deps = [], visibility = None, testonly = None):
    """The C++ library of a schema's proxies, targets and values.

    Args:
      name: of the library.
      src: the schema, a file of the package.
      deps: the libraries of the schemas that it imports.
      visibility: as of every target.
      testonly: as of every target.
    """
    base = _base(src)
    header = base + ".troop.h"
    source = base + ".troop.cc"
    _generate(name, src, deps, [header, source], "cpp", visibility)
    troop_cc_generated_library(
        name = name,
        srcs = [source],
        hdrs = [header],
        visibility = visibility,
        testonly = testonly,
        deps = deps + ["//proxy:generated"],
    )

def troop_capnp_js(name, src, deps = [], visibility = None, testonly = None):
    """The JavaScript module of a schema and its types, with those of the schemas that it imports beside it.

    Args:
      name: of the group of files.
      src: the schema, a file of the package.
      deps: the modules of the schemas that it imports.
      visibility: as of every target.
      testonly: as of every target.
    """
    module = _base(src) + ".troop.js"
    types = _base(src) + ".troop.d.ts"
    _generate(name, src, deps, [module, types], "js", visibility)
    native.filegroup(
        name = name,
        srcs = [module, types] + deps,
        visibility = visibility,
        testonly = testonly,
    )
