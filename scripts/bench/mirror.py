"""Mirroring beside plain git: the same refs and objects, between the same kinds of repositories."""

import os
import shutil
import subprocess
import sys

import workspace
from measure import Samples, in_turns, timed


class Mirror:
    """Scopes of many versions, and what they are mirrored to."""

    def __init__(self, bench, export):
        self.bench, self.export, self.bit = bench, export, bench.bit
        self.folder, self.environment = bench.folder / "export", bench.environment

    def git(self, *arguments, given=None):
        command = ["git", *map(str, arguments)]
        done = subprocess.run(command, env=self.environment, input=given, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def new(self, name):
        """An empty repository."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", "--ref-format=files", folder)
        os.sync()
        return folder

    def refs(self, folder):
        return self.git("--git-dir", folder, "for-each-ref", "--format=%(objectname) %(refname)")

    def check(self, one, other):
        if self.refs(one) != self.refs(other):
            sys.exit(f"{one} and {other} differ: nothing was compared")

    def scope(self, count):
        """A scope that holds so many versions, and the workspace that exported them."""
        staged = self.export.staged(count, "tree")
        self.export.quietly(staged, self.bit, "export")
        return staged, self.folder / "scope"

    def measure(self, count, new, runs):
        staged, scope = self.scope(count)
        self.first(scope, count, max(2, runs // 2))
        self.nothing(scope, count, 4 * runs)
        self.some(staged, scope, count, new, runs)

    def first(self, scope, count, runs):
        ours, theirs = Samples(), Samples()

        def bit(_):
            to = self.new("mirrored")
            timed(ours, [self.bit, "mirror", scope, to], self.folder, self.environment)

        def git(_):
            to, clone = self.new("yardstick"), self.folder / "clone"
            shutil.rmtree(clone, ignore_errors=True)
            total = Samples()
            timed(total, ["git", "clone", "--quiet", "--mirror", "--no-local", scope, clone], self.folder, self.environment)
            push = ["git", "--git-dir", clone, "push", "--quiet", "--mirror", to]
            timed(total, push, self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, bit, git)
        self.check(scope, self.folder / "mirrored")
        self.check(scope, self.folder / "yardstick")
        self.bench.add(f"mirror, {count:,} new", ours, "git clone and push --mirror", theirs.median, 1.25)

    def nothing(self, scope, count, runs):
        to = self.folder / "mirrored"
        ours, theirs = Samples(), Samples()

        def git(_):
            total = Samples()
            for place in (scope, to):
                timed(total, ["git", "ls-remote", place], self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, lambda _: timed(ours, [self.bit, "mirror", scope, to], self.folder, self.environment), git)
        self.bench.add(f"mirror, nothing of {count:,}", ours, "two git ls-remote", theirs.median, 1.5)

    def some(self, staged, scope, count, new, runs):
        """A few versions more, by a cache and without one, beside a mirror clone that fetches and pushes them by name."""
        to, cached, other = self.folder / "mirrored", self.new("cached"), self.folder / "yardstick"
        clone, cache = self.folder / "clone", self.folder / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        by_cache = [self.bit, "mirror", f"file://{scope}", cached, "--cache", cache]
        timed(Samples(), by_cache, self.folder, self.environment)
        ours, with_cache, theirs = Samples(), Samples(), Samples()

        def day(number):
            for component in range(count - new, count):
                with open(staged / "components" / workspace.name(component) / "index.js", "a", encoding="utf-8") as out:
                    out.write(f"// mirror {number}\n")
            before = set(self.refs(scope).splitlines())
            self.export.quietly(staged, self.bit, "tag", "--skip-auto-tag")
            self.export.quietly(staged, self.bit, "export")
            names = [line.split(" ")[1] for line in set(self.refs(scope).splitlines()) - before]
            os.sync()
            timed(ours, [self.bit, "mirror", scope, to], self.folder, self.environment)
            timed(with_cache, by_cache, self.folder, self.environment)
            total = Samples()
            fetch = ["git", "--git-dir", clone, "fetch", "--quiet", "--no-tags", "origin"]
            timed(total, [*fetch, *(f"{name}:{name}" for name in names)], self.folder, self.environment)
            push = ["git", "--git-dir", clone, "-c", "remote.origin.mirror=false", "push", "--quiet", other]
            timed(total, [*push, *(f"{name}:{name}" for name in names)], self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, day)
        for mirrored in (to, cached, other):
            self.check(scope, mirrored)
        label = "fetch and push by name"
        self.bench.add(f"mirror, {new} more of {count:,}", ours, label, theirs.median, 1.5)
        self.bench.add(f"the same by a cache", with_cache, label, theirs.median, 1.5)
