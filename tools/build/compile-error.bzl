"""Tests of what must not compile, and of what the compiler then says."""

def _compile_error_test_impl(ctx):
    context = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in ctx.attr.deps],
    ).compilation_context
    report = ctx.actions.declare_file(ctx.label.name + ".report")
    cases = ctx.actions.declare_file(ctx.label.name + ".cases.xml")
    arguments = ctx.actions.args()
    arguments.add_all([report, cases, ctx.file.src])
    arguments.add_all(ctx.attr.copts)
    arguments.add("-iquote.")
    arguments.add_all(context.quote_includes, format_each = "-iquote%s")
    arguments.add_all(context.system_includes, format_each = "-isystem%s")
    arguments.add_all(context.includes, format_each = "-isystem%s")
    arguments.add_all(context.defines, format_each = "-D%s")
    ctx.actions.run(
        outputs = [report, cases],
        inputs = depset([ctx.file.src], transitive = [context.headers]),
        executable = ctx.executable._expect,
        arguments = [arguments],
        mnemonic = "CompileError",
        progress_message = "Compiling what must not compile, %s" % ctx.file.src.short_path,
        use_default_shell_env = True,
    )
    test = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.write(
        test,
        "\n".join([
            "#!/bin/sh",
            "cat '%s'" % report.short_path,
            '[ -z "${XML_OUTPUT_FILE:-}" ] || cp \'%s\' "$XML_OUTPUT_FILE"' % cases.short_path,
            "[ \"$(tail -n 1 '%s')\" = passed ]" % report.short_path,
            "",
        ]),
        is_executable = True,
    )
    return [DefaultInfo(executable = test, runfiles = ctx.runfiles([report, cases]))]

compile_error_test = rule(
    implementation = _compile_error_test_impl,
    attrs = {
        "src": attr.label(mandatory = True, allow_single_file = [".cc"]),
        "deps": attr.label_list(providers = [CcInfo]),
        "copts": attr.string_list(),
        "_expect": attr.label(
            default = "//tools/build:expect-compile-errors",
            executable = True,
            cfg = "host",
        ),
    },
    test = True,
    doc = "Each statement below a comment `// error: TEXT` is refused with TEXT, nothing else is.",
)
