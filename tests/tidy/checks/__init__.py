"""The checks, in the order in which they are told. Each is a module with a function
find(checkout, targets, house), which gives Findings."""

from checks import (
    builds,
    columns,
    cycles,
    dead,
    dependencies,
    folders,
    formatting,
    functions,
    graph,
    hidden,
    links,
    names,
    private,
    proofs,
    sizes,
    untested,
    words,
)

ALL = {
    "folders": folders,
    "graph": graph,
    "cycles": cycles,
    "private": private,
    "hidden": hidden,
    "builds": builds,
    "dependencies": dependencies,
    "dead": dead,
    "untested": untested,
    "sizes": sizes,
    "functions": functions,
    "columns": columns,
    "formatting": formatting,
    "names": names,
    "words": words,
    "links": links,
    "proofs": proofs,
}
