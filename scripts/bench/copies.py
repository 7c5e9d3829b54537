"""Copies of components in another scope beside git: the same history, exported and imported as a stream."""

import os
import shutil
import subprocess
import sys

import workspace
from measure import Samples, in_turns, timed

TARGET = "elsewhere"


class Copies:
    """A scope of many components with many versions, and another one that gets copies of them."""

    def __init__(self, bench, export):
        self.bench, self.bit, self.export = bench, bench.bit, export
        self.folder, self.environment = export.folder, bench.environment

    def history(self, components, versions):
        """A workspace whose components are exported with so many versions each; each version has a file of its own."""
        staged = self.export.staged(components, "tree")
        for number in range(versions - 1):
            for component in range(components):
                path = staged / "components" / workspace.name(component) / "index.js"
                with open(path, "a", encoding="utf-8") as out:
                    out.write(f"// {number}\n")
            self.export.quietly(staged, self.bit, "tag")
        self.export.quietly(staged, self.bit, "export")
        self.empty_target()
        self.export.quietly(staged, self.bit, "remote", "add", TARGET, self.folder / "target")
        return staged

    def empty_target(self):
        target = self.folder / "target"
        shutil.rmtree(target, ignore_errors=True)
        self.export.quietly(self.folder, self.bit, "scope", "create", target, "--name", TARGET)
        return target

    def rewired(self, components, versions, runs):
        """All of it copied, so that copies need copies. Returns the median, to see whether more takes longer in proportion."""
        staged = self.history(components, versions)
        ours, theirs = Samples(), Samples()

        def copy(_):
            work, target = self.export.copy(staged, "work"), self.empty_target()
            os.sync()
            timed(ours, [self.bit, "export", TARGET, "--all", "--rewire", "--force"], work, self.environment)
            self.export.check(target, components * versions)

        def git(_):
            scope = self.folder / "yardstick"
            shutil.rmtree(scope, ignore_errors=True)
            create = ["git", "init", "--quiet", "--bare", "--ref-format=files", "--object-format=sha1", scope]
            subprocess.run(create, env=self.environment, check=True)
            os.sync()
            pipe = f"git --git-dir '{self.folder}/scope' fast-export --all | git --git-dir '{scope}' fast-import --quiet"
            timed(theirs, ["sh", "-c", pipe], self.folder, self.environment)

        in_turns(runs, copy, git)
        self.check_names()
        step = f"copy {components:,} × {versions}, rewired"
        self.bench.add(step, ours, "git fast-export | fast-import", theirs.median, 3)
        return ours.median

    def linear(self, few, many, growth, components, versions, allowed):
        """So many times more versions take at most so many times longer, give or take."""
        samples = Samples([many])
        self.bench.add(f"the same, beside that of {components:,} × {versions}", samples, "in proportion", few * growth, allowed)

    def check_names(self):
        """Nothing that was copied names the scope that it comes from."""
        target = self.folder / "target"
        tags = subprocess.run(["git", "--git-dir", target, "tag"], stdout=subprocess.PIPE, text=True, check=True)
        last = tags.stdout.split()[-1]
        grep = subprocess.run(["git", "--git-dir", target, "grep", "-q", f"@{workspace.SCOPE}/", last, "--", "index.js"])
        if grep.returncode != 1:
            sys.exit(f"{last} in {target} still names @{workspace.SCOPE}")
