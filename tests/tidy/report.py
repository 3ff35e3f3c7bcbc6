"""What the test tells: lines for people, and the XML that Bazel collects, with one case a check."""

import os
import xml.etree.ElementTree as ElementTree


def write(suite, failuresByCase):
    """Writes the cases to where Bazel wants them, if Bazel runs this."""
    path = os.environ.get("XML_OUTPUT_FILE")
    if not path:
        return
    failed = sum(1 for failures in failuresByCase.values() if failures)
    counts = {"tests": str(len(failuresByCase)), "failures": str(failed)}
    root = ElementTree.Element("testsuites", counts)
    cases = ElementTree.SubElement(root, "testsuite", {"name": suite, **counts})
    for name, failures in failuresByCase.items():
        case = ElementTree.SubElement(cases, "testcase", {"classname": suite, "name": name})
        if failures:
            message = f"{len(failures)} found"
            element = ElementTree.SubElement(case, "failure", {"message": message})
            element.text = "\n".join(failures)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
