"""./run install beside another apt: it waits for it, and tells of what waiting does not mend.

    packages_test.py SOURCE
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1))
LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 17 (apt-get)"
# Stands for apt-get: notes its arguments, and fails as often as the file of its command's name has lines.
APT_GET = """#!/bin/sh
echo "$@" >>"$WORK/calls"
if [ -s "$WORK/$1" ]; then
  head -n 1 "$WORK/$1" >&2
  sed -i 1d "$WORK/$1"
  exit 100
fi
"""


class Packages(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.work = pathlib.Path(temporary.name)
        # Nothing is installed, and nobody has to be root.
        stand_ins = {"apt-get": APT_GET, "dpkg-query": "#!/bin/sh\nexit 1\n", "sudo": '#!/bin/sh\nexec "$@"\n'}
        stand_ins["sleep"] = '#!/bin/sh\necho "sleep $@" >>"$WORK/calls"\n'
        for name, text in stand_ins.items():
            (self.work / name).write_text(text, encoding="utf-8")
            (self.work / name).chmod(0o700)

    def install(self, update=(), install=()):
        """Its exit status, what it says, and what was called; `update` and `install` are complaints of apt-get's."""
        for name, complaints in (("update", update), ("install", install)):
            (self.work / name).write_text("".join(f"{line}\n" for line in complaints), encoding="utf-8")
        environment = {**os.environ, "WORK": str(self.work), "PATH": f"{self.work}:{os.environ['PATH']}"}
        done = subprocess.run(
            [SOURCE / "run", "install"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        calls = (self.work / "calls").read_text(encoding="utf-8").splitlines()
        return done.returncode, done.stderr, [call.split()[0] for call in calls], calls

    def test_waits_for_the_lock_of_the_installed_packages(self):
        status, _, order, calls = self.install()
        self.assertEqual((status, order), (0, ["update", "install"]))
        for call in calls:
            self.assertRegex(call, r"-o DPkg::Lock::Timeout=\d\d\d")

    def test_tries_again_where_apt_does_not_wait(self):
        status, complaints, order, _ = self.install(update=[LOCKED, LOCKED], install=[LOCKED])
        self.assertEqual(status, 0, complaints)
        self.assertEqual(order, ["update", "sleep", "update", "sleep", "update", "install", "sleep", "install"])
        self.assertNotIn("lock", complaints)

    def test_tells_of_what_waiting_does_not_mend(self):
        status, complaints, order, _ = self.install(update=["E: there is no network"])
        self.assertNotEqual(status, 0)
        self.assertEqual(order, ["update"])
        self.assertIn("there is no network", complaints)
        self.assertIn("apt-get update failed", complaints)


if __name__ == "__main__":
    unittest.main()
