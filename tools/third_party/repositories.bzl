"""Third parties that are no system libraries: tools/third_party/install links them here."""

def third_party_repositories():
    for name in ["clang-tidy", "jemalloc", "quickjs", "wasmtime"]:
        native.new_local_repository(
            name = name,
            build_file = "//tools/third_party:%s.BUILD" % name,
            path = ".third_party/" + name,
        )
