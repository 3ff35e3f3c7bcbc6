"""Plugins in C++ and C: Wasm modules for untrusted guests.

    troop_cpp_plugin(name = "stats", srcs = ["stats.cc"], schemas = ["//proto:stats"])      # stats.wasm
"""

_SDK = "//sandbox/sdk/cpp:"

def troop_cpp_plugin(name, srcs, schemas = [], visibility = None, testonly = None):
    """The module NAME.wasm, made of C++ and C.

    Args:
      name: of the plugin.
      srcs: sources (.cc, .c) and headers of the package. Those that use the guest ABI without the library
        define its exports themselves.
      schemas: troop_capnp_library targets; their bindings for guests ("proto/stats.guest.h"), and those of the
        schemas that they import, are generated and compiled in.
      visibility: as of every target.
      testonly: as of every target.
    """
    generators = ["//proxy/compiler:capnpc-troop-guest-cpp"] if schemas else []
    inputs = srcs + [label + "-schema" for label in schemas] + [_SDK + "guest"]
    native.genrule(
        name = name,
        srcs = inputs + [_SDK + "headers"],
        outs = [name + ".wasm"],
        cmd = "$(location %scompile-plugin.sh) $@ %s %s" % (
            _SDK,
            "$(execpath %s)" % generators[0] if generators else "none",
            " ".join(["$(locations %s)" % input for input in inputs]),
        ),
        message = "Compiling the plugin",
        tools = [_SDK + "compile-plugin.sh"] + generators,
        visibility = visibility,
        testonly = testonly,
    )
