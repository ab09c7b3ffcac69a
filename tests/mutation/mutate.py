"""Mutation testing of conditions: each is negated or dropped in turn, and some test must fail.

    mutate.py list    [PLACE…] [--sample N]               the mutants
    mutate.py targets [PLACE…] [--sample N]               what has to be built to test them
    mutate.py write FOLDER                                the sources in FOLDER, conditions under the environment's control
    mutate.py test BUILD REPORT [PLACE…] [--sample N]     run the tests of BUILD against every mutant, and report into a file

Without a PLACE and --sample, the mutants are those of the rules' side conditions; with either, those of every condition in
engine/ and symbolic/check, claims and emit, too. --sample N draws N of them, by --seed.

All mutants are in one build (mutant schemata): the condition C is mutant(17, C) there, and CHALKTAPE_MUTANT="17 false"
makes it false. PLACE is FOLDER/, FILE, FILE:LINE, FILE:LINE:COLUMN or FILE:LINE:COLUMN:CHANGE; it may lack its first folders.

A test case is run against a mutant only if it is one of those that are there for the mutant's source, and if the condition
has an outcome in it that the mutant changes: a first run without mutants notes which there are. The quickest cases come
first, and the first that fails ends it: the mutant is killed. So it is by a crash, and by a run that takes many times the
case's processor time or memory without bound. Cases that take longer than a few seconds are left out.

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
import random
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


@dataclasses.dataclass(frozen=True)
class Part:
    """Sources, and the tests that are there for them."""

    name: str
    patterns: tuple  # globs of the sources
    tests: str  # as ctest's --tests-regex
    target: str  # which builds those tests
    every_if: bool = True  # or only those that end a rule or its attempt
    most_seconds: int = 5  # of processor time: slower test cases are left out

    def paths(self):
        found = [path.relative_to(TOP).as_posix() for pattern in self.patterns for path in sorted(TOP.glob(pattern))]
        return [path for path in found if not NO_CONDITIONS.search(path)]


# Not symbolic/rules/cost.cpp: it says what is preferred, never what is right. Kernels for each vector unit include their
# source again and again, by its path, which would not be the copy's.
NO_CONDITIONS = re.compile(r"^symbolic/rules/(cost|registry)\.cpp$|^engine/kernels/(columns|whole_rows)\.cpp$")
# Where side conditions are, and then what is sampled. A source belongs to the first that has it.
PARTS = [
    Part(
        "rules",
        (
            "symbolic/rules/*.cpp",
            "symbolic/derive/chain.cpp",
            "symbolic/derive/extrema.cpp",
            "symbolic/derive/roots.cpp",
            "symbolic/emit/exponential_peaks.cpp",
            "symbolic/emit/exponentials.cpp",
        ),
        # Those left out start programs of their own, compilers among them, which the limits would end.
        "^test_symbolic_(?!emit_cpp|emit_numpy|random)",
        "tests/symbolic/all",
        every_if=False,
    ),
    Part("engine", ("engine/**/*.cpp",), "^test_engine_", "tests/engine/all"),
    Part("check", ("symbolic/check/*.cpp",), "^test_symbolic_check", "tests/symbolic/check/all"),
    Part("claims", ("symbolic/claims/*.cpp",), "^test_symbolic_claims", "tests/symbolic/claims/all", most_seconds=20),
    Part("emit", ("symbolic/emit/*.cpp",), "^test_symbolic_emit", "tests/symbolic/emit/all", most_seconds=60),
]
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
    part: Part
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
        return any(f"/{w}" in place if w.endswith("/") else f"/{w}:" in place + ":" for w in wanted)


def sources():
    """(part, source) of every part, none of them twice."""
    found = {}
    for part in PARTS:
        for path in part.paths():
            found.setdefault(path, part)
    return [(part, Source(path, (TOP / path).read_text(encoding="utf-8"), part.every_if)) for path, part in found.items()]


def mutants_of(all_sources):
    mutants, number, occurrences = [], 0, collections.Counter()
    for part, source in all_sources:
        for c in source.conditions:
            for change in c.changes:
                mutant = Mutant(number, change, source.path, c.line, c.column, c.function, c.text, part)
                occurrences[mutant.key] += 1
                mutants.append(dataclasses.replace(mutant, occurrence=occurrences[mutant.key]))
            number += 1
    return mutants


def chosen(mutants, options):
    """Those that the options ask for, in the order of the sources."""
    if options.places:
        found = [m for m in mutants if m.is_at(options.places)]
    else:
        found = [m for m in mutants if options.sample is not None or m.part is PARTS[0]]
    if options.sample is not None and options.sample < len(found):
        places = sorted(random.Random(options.seed).sample(range(len(found)), options.sample))
        found = [found[k] for k in places]
    if not found:
        raise Failure(f"no mutant is at {' '.join(options.places)}")
    return found


def write(folder):
    """Files that stay the same keep their time, so that they are not compiled again."""
    found = sources()
    for stale in set(folder.rglob("*.cpp")) - {folder / source.path for _, source in found}:
        stale.unlink()
    number = 0
    for _, source in found:
        if not source.conditions:
            (folder / source.path).unlink(missing_ok=True)
            continue
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

    def notices(self, mutant, tests):
        """Whether this is one of the tests, and the condition has an outcome here that the mutant changes."""
        if not re.search(tests or mutant.part.tests, self.test):
            return False
        changed = {"negated": ("true", "false"), "true": ("false",), "false": ("true",)}[mutant.change]
        return any((str(mutant.number), outcome) in self.seen for outcome in changed)

    def verdict(self, mutant):
        return self.run({"CHALKTAPE_MUTANT": f"{mutant.number} {mutant.change}"}, int(10 + 10 * self.seconds))[0]


def cases_of(build, tests):
    listing = subprocess.run(
        ["ctest", "--test-dir", build, "--show-only=json-v1"],
        check=True,
        stdout=subprocess.PIPE,
    )
    cases = []
    for test in json.loads(listing.stdout)["tests"]:
        if not any(re.search(pattern, test["name"]) for pattern in tests):
            continue
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


def judged(mutant, cases, tests):
    """The verdict on a mutant: the case that kills it and how, or why it survives."""
    noticing = [case for case in cases if case.notices(mutant, tests)]
    for case in noticing:
        outcome = case.verdict(mutant)
        if outcome != "passed":
            return outcome, case.name
    if noticing:
        return "survived", f"{len(noticing)} cases"
    reached = any(number == str(mutant.number) for case in cases for number, _ in case.seen)
    return "survived", f"always {mutant.change}" if reached else "never reached"


def test(build, report, options):
    if (pathlib.Path(build) / "sources/digest").read_text(encoding="utf-8") != digest():
        raise Failure(f"{build} has been built from other sources: write them anew, and build")
    everything = mutants_of(sources())
    mutants = chosen(everything, options)
    parts = [part for part in PARTS if any(m.part is part for m in mutants)]
    tests = [options.tests] if options.tests else [part.tests for part in parts]
    most_seconds = options.most_seconds or max(part.most_seconds for part in parts)
    reasons = equivalents()

    def judge(mutant):
        if not options.explained and mutant.key in reasons:
            return "explained", ""
        return judged(mutant, cases, options.tests)

    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        cases = cases_of(build, tests)
        list(pool.map(lambda case: case.run_without_mutant(most_seconds), cases))
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
    is_wrong = summary(mutants, verdicts, reasons, {m.key for m in everything})
    print(f"{time.monotonic() - started:.0f} s; every verdict is in {report}")
    return is_wrong


def summary(mutants, verdicts, reasons, known):
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
        if key not in known:
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
    places = argparse.ArgumentParser(add_help=False)
    places.add_argument("places", nargs="*", metavar="PLACE")
    places.add_argument("--sample", type=int, help="draw so many of them")
    places.add_argument("--seed", type=int, default=1, help="of the sample (%(default)s)")
    places.add_argument("--tests", help="the tests to run, as ctest's --tests-regex")
    places.add_argument("--most-seconds", type=int, help="slower test cases are left out")
    places.add_argument("--explained", action="store_true", help="try the mutants of equivalent.txt, too: takes longer")
    places.add_argument("--jobs", type=int, default=os.cpu_count())
    parser = argparse.ArgumentParser(description="Mutation testing of conditions.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", parents=[places])
    commands.add_parser("targets", parents=[places])
    writing = commands.add_parser("write")
    writing.add_argument("folder", type=pathlib.Path)
    testing = commands.add_parser("test")
    testing.add_argument("build", type=pathlib.Path)
    testing.add_argument("report", type=pathlib.Path)
    for action in places._actions:  # behind those two
        testing._add_action(action)
    arguments = parser.parse_args()
    if arguments.command == "write":
        write(arguments.folder)
        return 0
    if arguments.command == "test":
        return 1 if test(arguments.build, arguments.report, arguments) else 0
    mutants = chosen(mutants_of(sources()), arguments)
    if arguments.command == "targets":
        print("\n".join(dict.fromkeys(m.part.target for m in mutants)))
    else:
        for mutant in mutants:
            print(f"{mutant.place}: {mutant.text}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"mutate.py: error: {failure}", file=sys.stderr)
        sys.exit(2)
