#!/usr/bin/python3
"""Counts the tests in result files that ctest wrote: count_results.py FILE...

The last line says "N passed, N failed" (", N skipped" where there were any); the lines before it say why
each skipped test was. The exit status is 0 only if every file is there and no test failed.
"""
import sys
import xml.etree.ElementTree


def outcome_of(case):
    if case.get("status") == "run":
        return "passed"
    if case.get("status") == "disabled":
        return "skipped"
    # ctest says "skipped" of a test that skips itself, but also of one whose program is missing.
    skip = case.find("skipped")
    if skip is not None and skip.get("message", "").startswith("SKIP_"):
        return "skipped"
    return "failed"


def main(paths):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    complete = True
    for path in paths:
        try:
            suite = xml.etree.ElementTree.parse(path).getroot()
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            print(f"no results: {error}", file=sys.stderr)
            complete = False
            continue
        for case in suite.iter("testcase"):
            outcome = outcome_of(case)
            counts[outcome] += 1
            if outcome == "skipped":
                output = case.findtext("system-out", "").strip()
                print(f"skipped: {case.get('name')}: {output.splitlines()[-1] if output else 'no reason given'}")
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    print(line + (f", {counts['skipped']} skipped" if counts["skipped"] else ""))
    return 0 if complete and counts["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
