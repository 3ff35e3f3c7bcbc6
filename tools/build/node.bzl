"""Tests in JavaScript that node runs, with its own test runner."""

def troop_node_test(name, src, data = [], env = {}, size = "small", **kwargs):
    """A test file of node's runner (node:test).

    Args:
      name: of the test.
      src: the file, an ES module.
      data: what it reads.
      env: variables that it sees; $(rootpath LABEL) is the path of something in `data`.
      size: as of every test.
      **kwargs: as of every test.
    """
    native.sh_test(
        name = name,
        srcs = ["//tools/build:node-test.sh"],
        args = ["%s='%s'" % (key, value) for key, value in env.items()] + ["$(rootpath %s)" % src],
        data = data + [src],
        size = size,
        # The sanitizers look into C++ only.
        tags = [
            "no-asan",
            "no-tsan",
        ],
        **kwargs
    )
