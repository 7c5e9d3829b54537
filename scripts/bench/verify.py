"""Verify beside `git fsck`, which reads the same objects; and the hook that judges a push of thousands of versions."""

import shutil
import subprocess

from measure import Samples, in_turns, timed


class Verify:
    """A scope of many versions."""

    def __init__(self, bench, export):
        self.bench, self.bit, self.export = bench, bench.bit, export
        self.folder, self.environment = export.folder, bench.environment

    def everything(self, count, runs):
        """All of a scope, for the first time and once more."""
        staged = self.export.staged(count, "tree")
        self.export.quietly(staged, self.bit, "export")
        scope, cache = self.folder / "scope", self.folder / "cache"
        first, again, fsck = Samples(), Samples(), Samples()
        verify = [self.bit, "verify", scope, "--cache", cache]

        def ours(_):
            shutil.rmtree(cache, ignore_errors=True)
            timed(first, verify, self.folder, self.environment)
            timed(again, verify, self.folder, self.environment)

        def theirs(_):
            timed(fsck, ["git", "--git-dir", scope, "fsck", "--full", "--no-progress"], self.folder, self.environment)

        in_turns(runs, ours, theirs)
        self.bench.add(f"verify, {count:,} versions", first, "git fsck --full", fsck.median, 2)
        self.bench.add(f"verify, {count:,} again, unchanged", again, "git fsck --full", fsck.median, 0.1)

    def hook(self, count, runs):
        """What a guarded scope does with a push of so many versions and their catalog, before it takes it."""
        staged = self.export.staged(count, "tree")
        empty = self.export.copy(self.folder / "scope", "empty")
        self.export.quietly(staged, self.bit, "export")
        scope = self.folder / "scope"
        git = ["git", "--git-dir"]

        def refs(folder):
            command = [*git, folder, "for-each-ref", "--format=%(refname) %(objectname)"]
            lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
            return dict(line.split(" ") for line in lines)

        # The objects are there, the refs are not yet: so it is when git asks.
        before, after = refs(empty), refs(scope)
        updates = self.folder / "updates"
        with open(updates, "w", encoding="utf-8") as out:
            for name, new in after.items():
                if before.get(name) != new:
                    out.write(f"{before.get(name, '0' * 40)} {new} {name}\n")
        shutil.copytree(scope / "objects", empty / "objects", dirs_exist_ok=True)
        ours = Samples()
        command = [self.bit, "hook", "pre-receive", empty]
        in_turns(runs, lambda _: timed(ours, command, self.folder, self.environment, updates))
        self.bench.add(f"hook, a push of {count:,} versions", ours, "a second", 1.0, 1)
