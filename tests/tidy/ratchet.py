"""The ratchet: exceptions are listed with a reason, no other passes, the list can only shrink.

The exceptions of a check stand in exceptions/CHECK.json, a list of

    {"file": PATH, "subject": SUBJECT, "atMost": AMOUNT, "reason": WHY}

where file and subject are those of the findings. atMost is how much of it there may be: lines of a
function, times that a word stands there. An exception that nothing needs any more is a failure, as
is one without a reason.
"""

import json
import os

from finding import Finding

KEYS = {"file": str, "subject": str, "atMost": int, "reason": str}


def exceptionsPath(folder, check):
    return os.path.join(folder, check + ".json")


def listed(folder):
    """The checks that have exceptions."""
    if not os.path.isdir(folder):
        return []
    return sorted(os.path.splitext(name)[0] for name in os.listdir(folder))


def load(folder, check):
    path = exceptionsPath(folder, check)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        try:
            return json.load(file)
        except ValueError as error:
            raise SystemExit(f"{path}: is no JSON: {error}") from None


def apply(findings, exceptions, listPath):
    """The findings that no exception allows, and what is wrong with the exceptions."""
    failures = []
    amounts = {}
    for finding in findings:
        key = (finding.path, finding.subject)
        amounts[key] = amounts.get(key, 0) + finding.amount

    allowed = {}
    for exception in exceptions:
        wrong = _wrongWith(exception)
        if wrong:
            failures.append(Finding(listPath, 1, "exception", wrong, _form()))
            continue
        key = (exception["file"], exception["subject"])
        if key in allowed:
            what = f"{key[0]}, {key[1]!r} is listed twice"
            failures.append(Finding(listPath, 1, "exception", what, "leave one of them"))
        elif key not in amounts:
            what = f"the exception for {key[0]}, {key[1]!r} is not needed any more"
            failures.append(Finding(listPath, 1, "exception", what, "remove it"))
        allowed[key] = exception["atMost"]

    for finding in findings:
        key = (finding.path, finding.subject)
        if key not in allowed:
            failures.append(finding)
        elif amounts[key] > allowed[key]:
            what = f"{finding.what} (the exception allows {allowed[key]}, here are {amounts[key]})"
            failures.append(
                Finding(finding.path, finding.line, finding.subject, what, finding.right)
            )
    return failures


def asExceptions(findings):
    """The findings as a list of exceptions whose reasons are still to be written."""
    amounts = {}
    for finding in findings:
        key = (finding.path, finding.subject)
        amounts[key] = amounts.get(key, 0) + finding.amount
    return [
        {"file": path, "subject": subject, "atMost": amount, "reason": ""}
        for (path, subject), amount in sorted(amounts.items())
    ]


def _wrongWith(exception):
    if not isinstance(exception, dict) or set(exception) != set(KEYS):
        return f"{json.dumps(exception)} is no exception"
    for key, kind in KEYS.items():
        if not isinstance(exception[key], kind):
            return f"{key} of {json.dumps(exception)} has the wrong type"
    if not exception["reason"].strip():
        return f"the exception for {exception['file']}, {exception['subject']!r} has no reason"
    return None


def _form():
    return "write {" + ", ".join(f'"{key}": {kind.__name__}' for key, kind in KEYS.items()) + "}"
