"""Mirroring beside plain git: the same refs and objects, between the same kinds of repositories."""

import os
import shutil
import subprocess
import sys

from dataclasses import dataclass
from typing import Callable

import workspace
from host import Daemon
from measure import Samples, in_turns, timed


@dataclass
class Hosts:
    """How the repositories of a folder are named, as source and as destination."""

    label: str
    source: Callable
    # Where a cache is of use: what is fetched.
    fetched: Callable
    destination: Callable


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
        self.between(Hosts("", str, lambda folder: f"file://{folder}", str), staged, scope, count, new, runs)
        with Daemon(self.folder) as here, Daemon(self.folder) as there:
            self.between(Hosts(" over git daemons", here.url, here.url, there.url), staged, scope, count, new, runs)

    def between(self, hosts, staged, scope, count, new, runs):
        self.first(hosts, scope, count, max(3, runs // 2))
        self.nothing(hosts, scope, count, 4 * runs)
        self.some(hosts, staged, scope, count, new, runs)

    def mirror(self, hosts, scope, to):
        return [self.bit, "mirror", hosts.source(scope), hosts.destination(to)]

    def first(self, hosts, scope, count, runs):
        ours, theirs = Samples(), Samples()

        def bit(_):
            to = self.new("mirrored")
            timed(ours, self.mirror(hosts, scope, to), self.folder, self.environment)

        def git(_):
            to, clone = self.new("yardstick"), self.folder / "clone"
            shutil.rmtree(clone, ignore_errors=True)
            total = Samples()
            clone_all = ["git", "clone", "--quiet", "--mirror", "--no-local", hosts.source(scope), clone]
            timed(total, clone_all, self.folder, self.environment)
            push = ["git", "--git-dir", clone, "push", "--quiet", "--mirror", hosts.destination(to)]
            timed(total, push, self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, bit, git)
        self.check(scope, self.folder / "mirrored")
        self.check(scope, self.folder / "yardstick")
        self.bench.add(f"mirror, {count:,} new{hosts.label}", ours, "git clone and push --mirror", theirs.median, 1.25)

    def nothing(self, hosts, scope, count, runs):
        command = self.mirror(hosts, scope, self.folder / "mirrored")
        ours, theirs = Samples(), Samples()

        def git(_):
            total = Samples()
            for place in command[2:]:
                timed(total, ["git", "ls-remote", place], self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, lambda _: timed(ours, command, self.folder, self.environment), git)
        self.bench.add(f"mirror, nothing of {count:,}{hosts.label}", ours, "two git ls-remote", theirs.median, 1.5)

    def some(self, hosts, staged, scope, count, new, runs):
        """A few versions more, by a cache and without one, beside a mirror clone that fetches and pushes them by name."""
        to, cached, other = self.folder / "mirrored", self.new("cached"), self.folder / "yardstick"
        clone, cache = self.folder / "clone", self.folder / "cache"
        shutil.rmtree(cache, ignore_errors=True)
        by_cache = [self.bit, "mirror", hosts.fetched(scope), hosts.destination(cached), "--cache", cache]
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
            timed(ours, self.mirror(hosts, scope, to), self.folder, self.environment)
            timed(with_cache, by_cache, self.folder, self.environment)
            total = Samples()
            fetch = ["git", "--git-dir", clone, "fetch", "--quiet", "--no-tags", "origin"]
            timed(total, [*fetch, *(f"{name}:{name}" for name in names)], self.folder, self.environment)
            push = ["git", "--git-dir", clone, "-c", "remote.origin.mirror=false", "push", "--quiet", hosts.destination(other)]
            timed(total, [*push, *(f"{name}:{name}" for name in names)], self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, day)
        for mirrored in (to, cached, other):
            self.check(scope, mirrored)
        label = "fetch and push by name"
        self.bench.add(f"mirror, {new} more of {count:,}{hosts.label}", ours, label, theirs.median, 1.5)
        self.bench.add("the same by a cache", with_cache, label, theirs.median, 1.5)
