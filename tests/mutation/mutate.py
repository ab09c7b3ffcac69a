"""Mutation testing of side conditions: each is negated or dropped in turn, and some test must fail.

    mutate.py list  [PLACE…]                the mutants
    mutate.py write FOLDER                  the sources in FOLDER, each condition under the environment's control
    mutate.py test  BUILD REPORT [PLACE…]   run the tests of BUILD against every mutant, and report into a file

All mutants are in one build (mutant schemata): the condition C is mutant(17, C) there, and CHALKTAPE_MUTANT="17 false"
makes it false. PLACE is FILE, FILE:LINE, FILE:LINE:COLUMN or FILE:LINE:COLUMN:CHANGE; FILE may lack its first folders.

A test case is run against a mutant only if the condition has an outcome in it that the mutant changes: a first run without
mutants notes which there are. The quickest cases come first, and the first that fails ends it: the mutant is killed. So it
is by a crash, and by a run that takes many times the case's processor time or memory without bound. Cases that take longer
than a few seconds are left out.

Mutants that no test can tell from the source are in equivalent.txt, with the reason. They are tried with --explained only,
since what survives takes longest. One that is killed, or has no condition any more, is an error there, as is a mutant that
survives and is not in it. (Where the reason is that behaviour is "Undefined", a mutant may be killed one day and not the
next.)
"""

import argparse
import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
from conditions import Source  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
# Where side conditions are. Not symbolic/rules/cost.cpp: it says what is preferred, never what is right.
SOURCES = [
    *sorted(
        path.relative_to(TOP).as_posix()
        for path in TOP.glob("symbolic/rules/*.cpp")
        if path.name not in ("cost.cpp", "registry.cpp")
    ),
    "symbolic/derive/chain.cpp",
    "symbolic/derive/extrema.cpp",
    "symbolic/derive/roots.cpp",
    "symbolic/emit/exponential_peaks.cpp",
    "symbolic/emit/exponentials.cpp",
]
TESTS = "^test_symbolic_"
# These start programs of their own, compilers among them, which the limits on time and memory would end.
NOT_TESTS = "^test_symbolic_(emit_cpp|emit_numpy|random)"
LARGEST_MEMORY = 6 << 30  # bytes of address space of a test


class Failure(Exception):
    pass


@dataclasses.dataclass
class Mutant:
    number: int  # of the condition
    change: str
    path: str
    line: int
    column: int
    function: str
    text: str
    occurrence: int = 1  # among those of the same function, change and text

    @property
    def place(self):
        return f"{self.path}:{self.line}:{self.column}:{self.change}"

    @property
    def key(self):
        """What it is called in equivalent.txt, whatever line it is on."""
        which = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.path} {self.function} {self.change}{which}: {self.text}"

    def is_at(self, wanted):
        """Whether a PLACE means this mutant."""
        place = "/" + self.place
        return any(f"/{w}:" in place + ":" for w in wanted) if wanted else True


def sources():
    return [Source(path, (TOP / path).read_text(encoding="utf-8")) for path in SOURCES]


def mutants_of(all_sources):
    mutants, number, occurrences = [], 0, collections.Counter()
    for source in all_sources:
        for c in source.conditions:
            for change in c.changes:
                mutant = Mutant(number, change, source.path, c.line, c.column, c.function, c.text)
                occurrences[mutant.key] += 1
                mutants.append(dataclasses.replace(mutant, occurrence=occurrences[mutant.key]))
            number += 1
    return mutants


def write(folder):
    """Files that stay the same keep their time, so that they are not compiled again."""
    for stale in set(folder.rglob("*.cpp")) - {folder / path for path in SOURCES}:
        stale.unlink()
    number = 0
    for source in sources():
        text = source.controlled(number, "tests/mutation/mutant.hpp")
        number += len(source.conditions)
        file = folder / source.path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    (folder / "digest").write_text(digest(), encoding="utf-8")


def digest():
    """What the numbers of the conditions mean."""
    return "".join(f"{m.number} {m.key}\n" for m in mutants_of(sources()))


def equivalents():
    """The reasons in equivalent.txt, by key: keys begin at the margin, and the indented reason after them is for all."""
    found, keys = {}, []
    for line in (HERE / "equivalent.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" "):
            for key in keys:
                found[key] = (found[key] + " " + line.strip()).strip()
            continue
        if keys and found[keys[0]]:
            keys = []  # those had their reason
        key = line.strip()
        if key in found:
            raise Failure(f"equivalent.txt has this twice: {key}")
        found[key] = ""
        keys.append(key)
    for key, reason in found.items():
        if not reason:
            raise Failure(f"equivalent.txt gives no reason for: {key}")
    return found


class Case:
    """A test case of one of the build's programs, or a whole test of another kind; its time, and the outcomes in it."""

    def __init__(self, test, name=None):
        self.test, self.name = test["name"], f'{test["name"]}: {name}' if name else test["name"]
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        self.folder = properties.get("WORKING_DIRECTORY")
        self.environment = dict(v.split("=", 1) for v in properties.get("ENVIRONMENT", []))
        self.command = test["command"]
        if name:  # Catch2: this one, up to the first failure
            self.command = [*self.command, re.sub(r'([\\,\["])', r"\\\1", name), "--abort"]
        self.seconds = 0.0
        self.seen = set()

    def run(self, variables, processor_seconds):
        """How it ends, "passed", "failed", "crashed" or "ran on", and the processor time it took."""
        limits = [f"--cpu={processor_seconds}:{processor_seconds + 5}", f"--as={LARGEST_MEMORY}", "--core=0"]
        process = subprocess.Popen(
            ["prlimit", *limits, *self.command],
            cwd=self.folder,
            env={**os.environ, **self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # One that waits for ever uses no processor time.
        clock = threading.Timer(60 + 10 * processor_seconds, os.killpg, (process.pid, signal.SIGKILL))
        clock.start()
        _, status, usage = os.wait4(process.pid, 0)
        clock.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what it may have left
        how = "passed" if process.returncode == 0 else "crashed" if process.returncode < 0 else "failed"
        if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            how = "ran on"
        return how, usage.ru_utime + usage.ru_stime

    def run_without_mutant(self, most_seconds):
        with tempfile.TemporaryDirectory() as folder:
            seen = pathlib.Path(folder, "seen")
            outcome, self.seconds = self.run({"CHALKTAPE_CONDITIONS_SEEN": str(seen)}, most_seconds)
            if outcome == "ran on":
                return  # left out
            if outcome != "passed":
                raise Failure(f"without a mutant, this {outcome}: {self.name}")
            if seen.exists():
                self.seen = {tuple(line.split()) for line in seen.read_text(encoding="ascii").splitlines()}

    def notices(self, mutant):
        """Whether the condition has an outcome here that the mutant changes."""
        changed = {"negated": ("true", "false"), "true": ("false",), "false": ("true",)}[mutant.change]
        return any((str(mutant.number), outcome) in self.seen for outcome in changed)

    def verdict(self, mutant):
        return self.run({"CHALKTAPE_MUTANT": f"{mutant.number} {mutant.change}"}, int(10 + 10 * self.seconds))[0]


def cases_of(build, tests):
    listing = subprocess.run(
        ["ctest", "--test-dir", build, "--show-only=json-v1", "--tests-regex", tests, "--exclude-regex", NOT_TESTS],
        check=True,
        stdout=subprocess.PIPE,
    )
    cases = []
    for test in json.loads(listing.stdout)["tests"]:
        program = test["command"][0]
        if pathlib.Path(program).name.startswith("test_"):
            cases += [Case(test, name) for name in names_of_cases(program)]
        else:
            cases.append(Case(test))
    return cases


def names_of_cases(program):
    """Catch2's version 2 knows the first option, version 3 the second."""
    for options in (["--list-test-names-only"], ["--list-tests", "--verbosity", "quiet"]):
        listing = subprocess.run([program, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        names = [line.strip() for line in listing.stdout.splitlines() if line.strip()]
        if names and not names[0].startswith("Error"):
            return names
    raise Failure(f"{program} does not list its cases")


def judged(mutant, cases):
    """The verdict on a mutant: the case that kills it and how, or why it survives."""
    noticing = [case for case in cases if case.notices(mutant)]
    for case in noticing:
        outcome = case.verdict(mutant)
        if outcome != "passed":
            return outcome, case.name
    if noticing:
        return "survived", f"{len(noticing)} cases"
    reached = any(number == str(mutant.number) for case in cases for number, _ in case.seen)
    return "survived", f"always {mutant.change}" if reached else "never reached"


def test(build, report, wanted, options):
    if (pathlib.Path(build) / "sources/digest").read_text(encoding="utf-8") != digest():
        raise Failure(f"{build} has been built from other sources: write them anew, and build")
    mutants = [m for m in mutants_of(sources()) if m.is_at(wanted)]
    if not mutants:
        raise Failure(f"no mutant is at {' '.join(wanted)}")
    reasons = equivalents()

    def judge(mutant):
        return judged(mutant, cases) if options.explained or mutant.key not in reasons else ("explained", "")

    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cases = cases_of(build, options.tests)
        list(pool.map(lambda case: case.run_without_mutant(options.most_seconds), cases))
        cases = sorted((case for case in cases if case.seen), key=lambda case: case.seconds)
        total = sum(case.seconds for case in cases)
        print(f"{len(mutants)} mutants; {len(cases)} test cases of {total:.0f} s together", flush=True)
        verdicts = []
        for mutant, verdict in zip(mutants, pool.map(judge, mutants)):
            verdicts.append(verdict)
            if verdict[0] == "survived" and mutant.key not in reasons:
                print(f"survived ({verdict[1]}): {mutant.place}: {mutant.text}", flush=True)
    lines = [f"{m.place}\t{how}\t{by}\t{m.function}\t{m.text}" for m, (how, by) in zip(mutants, verdicts)]
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    is_wrong = summary(mutants, verdicts, reasons, is_complete=not wanted)
    print(f"{time.monotonic() - started:.0f} s; every verdict is in {report}")
    return is_wrong


def summary(mutants, verdicts, reasons, is_complete):
    """Prints it; whether something is to be done."""
    by_key = collections.defaultdict(list)
    for mutant, (how, _) in zip(mutants, verdicts):
        by_key[mutant.key].append(how)
    survived = {key for key, hows in by_key.items() if "survived" in hows}
    errors = [f"survives: {key}" for key in survived - reasons.keys()]
    for key in reasons:
        is_tried = key in by_key and "explained" not in by_key[key]
        if is_tried and key not in survived and not reasons[key].startswith("Undefined"):
            errors.append(f"is killed, but equivalent.txt has it: {key}")
        if is_complete and key not in by_key:
            errors.append(f"is in equivalent.txt, but in no source: {key}")
    killers = collections.Counter(by.split(":")[0] for how, by in verdicts if how not in ("survived", "explained"))
    hows = collections.Counter(how for how, _ in verdicts)
    print(f"{len(mutants)} mutants: {sum(killers.values())} killed", end="")
    print(f" ({hows['crashed']} by a crash, {hows['ran on']} by running on)", end="")
    equivalent = sum(m.key in reasons and h in ("survived", "explained") for m, (h, _) in zip(mutants, verdicts))
    print(f", {equivalent} equivalent" + (" by equivalent.txt" if hows["explained"] else ""))
    for name, count in killers.most_common():
        print(f"  {count:5} by {name}")
    for error in sorted(errors):
        print(error, file=sys.stderr)
    return bool(errors)


def main():
    parser = argparse.ArgumentParser(description="Mutation testing of side conditions.")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list")
    listing.add_argument("places", nargs="*")
    writing = commands.add_parser("write")
    writing.add_argument("folder", type=pathlib.Path)
    testing = commands.add_parser("test")
    testing.add_argument("build", type=pathlib.Path)
    testing.add_argument("report", type=pathlib.Path)
    testing.add_argument("places", nargs="*")
    testing.add_argument("--tests", default=TESTS, help="the tests to run, as ctest's --tests-regex (%(default)s)")
    testing.add_argument("--most-seconds", type=int, default=5, help="slower test cases are left out (%(default)s)")
    testing.add_argument("--explained", action="store_true", help="try the mutants of equivalent.txt, too: takes longer")
    testing.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if arguments.command == "list":
        for mutant in mutants_of(sources()):
            if mutant.is_at(arguments.places):
                print(f"{mutant.place}: {mutant.text}")
        return 0
    if arguments.command == "write":
        write(arguments.folder)
        return 0
    return 1 if test(arguments.build, arguments.report, arguments.places, arguments) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"mutate.py: error: {failure}", file=sys.stderr)
        sys.exit(2)
