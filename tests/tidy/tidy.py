#!/usr/bin/env python3
"""Checks that the house is as the project has decided. See README.md."""

import argparse
import json
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import checks
import ratchet
import report
from checkout import Checkout
from house import House
from targets import Targets


def failuresOf(name, checkout, targets, house, exceptionsFolder):
    """What one check finds and no exception allows."""
    findings = list(checks.ALL[name].find(checkout, targets, house))
    exceptions = ratchet.load(exceptionsFolder, name)
    listPath = os.path.relpath(ratchet.exceptionsPath(exceptionsFolder, name), checkout.root)
    return ratchet.apply(findings, exceptions, listPath)


def run(checkout, house, names, exceptionsFolder):
    """The failures of each check."""
    targets = Targets(checkout, house)
    failures = {
        name: failuresOf(name, checkout, targets, house, exceptionsFolder) for name in names
    }
    for check in ratchet.listed(exceptionsFolder):
        if check not in checks.ALL:
            raise SystemExit(f"{exceptionsFolder}/{check}.json: there is no check {check!r}")
    return failures


def main():
    root = os.path.dirname(os.path.dirname(HERE))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", nargs="*", help="only these: " + " ".join(checks.ALL))
    parser.add_argument("--root", default=root, help="the checkout")
    exceptions = os.path.join(HERE, "exceptions")
    parser.add_argument("--exceptions", default=exceptions, help="the folder of their lists")
    parser.add_argument("--as-exceptions", action="store_true", help="print failures as exceptions")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.check if name not in checks.ALL]
    if unknown:
        parser.error(f"there is no check {unknown[0]!r}; there are {' '.join(checks.ALL)}")

    checkout = Checkout.ofGit(os.path.realpath(arguments.root))
    names = arguments.check or list(checks.ALL)
    failures = run(checkout, House.load(), names, arguments.exceptions)
    if arguments.as_exceptions:
        lists = {name: ratchet.asExceptions(found) for name, found in failures.items() if found}
        print(json.dumps(lists, indent=2))
    else:
        for name, found in failures.items():
            for finding in sorted(found, key=lambda finding: (finding.path, finding.line)):
                print(f"{finding.text()} [{name}]")
            print(f"{name}: {len(found)} found" if found else f"{name}: clean")
    report.write("Tidy", {name: [f.text() for f in found] for name, found in failures.items()})
    return 1 if any(failures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
