"""clang-tidy over the C++ of a target: an aspect, so that no target has to name it.

    bazel build --config=clang-tidy //runtime/...

One action a source: what has not changed is not looked at again, and the disk cache serves. A
source X.cc is looked at together with its header X.h where one target has both; headers without a
source are looked at alone. What a generator wrote is left out.
"""

_KINDS = ["cc_library", "cc_binary", "cc_test"]

# What a module needs of a program that has no main file of its own.
_FLAGS = [
    "-xc++",
    "-Wno-pragma-once-outside-header",
]

def _files(ctx):
    """The sources and the headers of the target that somebody wrote."""
    files = []
    for attribute in ["srcs", "hdrs"]:
        for target in getattr(ctx.rule.attr, attribute, []):
            files += [file for file in target.files.to_list() if file.is_source]
    sources = [file for file in files if file.extension == "cc"]
    headers = [file for file in files if file.extension == "h"]
    return sources, headers

def _base(file):
    return file.path[:-len(file.extension) - 1]

def _units(ctx):
    """Pairs: what is compiled, and the headers that are looked at with it."""
    sources, headers = _files(ctx)
    bases = [_base(source) for source in sources]
    units = [
        (source, [header for header in headers if _base(header) == _base(source)])
        for source in sources
    ]
    return units + [(header, []) for header in headers if _base(header) not in bases]

def _sources(headers):
    """What another compiler has parsed is of no use here."""
    return [header for header in headers.to_list() if header.extension != "pch"]

def _without_precompiled(copts):
    if "-include-pch" not in copts:
        return copts
    at = copts.index("-include-pch")
    return copts[:at] + copts[at + 2:]

def _flags(ctx, context):
    return _FLAGS + _without_precompiled(ctx.rule.attr.copts) + ["-iquote."] + [
        "-iquote" + path
        for path in context.quote_includes.to_list()
    ] + [
        "-isystem" + path
        for path in context.system_includes.to_list() + context.includes.to_list()
    ] + ["-D" + define for define in context.defines.to_list()]

def _check(ctx, context, unit, headers, others):
    """The action that looks at one unit; makes an empty file where there is nothing to say."""
    name = unit.short_path.replace("/", "-")
    passed = ctx.actions.declare_file("%s.%s.clang-tidy" % (ctx.rule.attr.name, name))
    headersOfUnit = "|".join([header.path.replace(".", "\\.") for header in headers])
    arguments = ctx.actions.args()
    arguments.add(ctx.executable._tidy)
    arguments.add(passed)
    arguments.add("--config-file=" + ctx.file._config.path)
    arguments.add("--header-filter=(^|/)(%s)$" % headersOfUnit)
    arguments.add(unit)
    arguments.add("--")
    arguments.add_all(_flags(ctx, context))
    ctx.actions.run(
        outputs = [passed],
        inputs = depset(
            [unit, ctx.file._config] + others + _sources(context.headers),
            transitive = [ctx.attr._headers.files],
        ),
        tools = [ctx.executable._tidy],
        executable = ctx.executable._run,
        arguments = [arguments],
        mnemonic = "ClangTidy",
        progress_message = "Looking at %s" % unit.short_path,
        use_default_shell_env = True,
    )
    return passed

def _clang_tidy(target, ctx):
    if ctx.rule.kind not in _KINDS or target.label.workspace_name:
        return []
    dependencies = [dep[CcInfo] for dep in ctx.rule.attr.deps if CcInfo in dep]
    context = cc_common.merge_cc_infos(cc_infos = dependencies).compilation_context
    sources, headers = _files(ctx)
    passed = [
        _check(ctx, context, unit, unitHeaders, sources + headers)
        for unit, unitHeaders in _units(ctx)
    ]
    if not passed:
        return []
    return [OutputGroupInfo(clang_tidy = depset(passed))]

clang_tidy = aspect(
    implementation = _clang_tidy,
    attrs = {
        "_config": attr.label(default = "//:.clang-tidy", allow_single_file = True),
        "_headers": attr.label(default = "@clang-tidy//:headers"),
        "_run": attr.label(default = "//tools/build:run-clang-tidy", executable = True, cfg = "host"),
        "_tidy": attr.label(
            default = "@clang-tidy//:bin/clang-tidy",
            allow_single_file = True,
            executable = True,
            cfg = "host",
        ),
    },
    doc = "Looks at each source with clang-tidy; fails where it has something to say.",
)
