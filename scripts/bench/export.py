"""Export beside `git push`: the same refs and objects, from the same repository, into the same kind of scope."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import workspace
from measure import Samples, in_turns, timed

# What a host takes in one push; bit makes the same batches.
BATCH = 5_000
CATALOG = f"refs/remotes/{workspace.SCOPE}/catalog"
REMOTE_CATALOG = "refs/heads/main"


class Export:
    """Workspaces whose versions are staged, and scopes to export them to."""

    def __init__(self, bench):
        self.bench, self.bit, self.folder = bench, bench.bit, bench.folder / "export"
        self.environment = bench.environment

    def quietly(self, folder, *command):
        subprocess.run(command, cwd=folder, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def new_scope(self, name):
        scope = self.folder / name
        shutil.rmtree(scope, ignore_errors=True)
        self.quietly(self.folder, self.bit, "scope", "create", scope, "--name", workspace.SCOPE)
        return scope

    def copy(self, source, name):
        """A fresh copy, on the disk and not only on its way there."""
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)
        os.sync()
        return target

    def staged(self, count, shape):
        """A workspace with so many staged versions, whose scope is empty."""
        self.bench.say(f"{count:,} components to export")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.new_scope("scope")
        folder = self.folder / "staged"
        workspace.make(folder, count, shape)
        self.quietly(folder, self.bit, "init", "--default-scope", workspace.SCOPE)
        self.quietly(folder, self.bit, "add", "components/*")
        self.quietly(folder, self.bit, "tag")
        self.quietly(folder, self.bit, "remote", "add", workspace.SCOPE, self.folder / "scope")
        return folder

    def push(self, samples, repository, scope, refspecs, *flags):
        command = ["git", "--git-dir", repository, "push", "--quiet", *flags, scope, *refspecs]
        timed(samples, command, self.folder, self.environment)

    def export_anew(self, samples, staged, empty):
        """Everything that a workspace has staged, into an empty scope."""
        copied = self.copy(staged, "work")
        self.copy(empty, "scope")
        timed(samples, [self.bit, "export"], copied, self.environment)

    def check(self, scope, versions):
        tags = subprocess.run(["git", "--git-dir", scope, "tag"], stdout=subprocess.PIPE, text=True, check=True)
        if len(tags.stdout.splitlines()) != versions:
            sys.exit(f"{scope}: {len(tags.stdout.splitlines())} version tags instead of {versions}")

    def all_at_once(self, count, runs):
        """Every version of a workspace, for the first time."""
        staged = self.staged(count, "tree")
        empty = self.new_scope("empty")
        ours, theirs = Samples(), Samples()

        def push(_):
            # The catalog's commit is there now too: what the yardstick pushes is the same to the last object.
            scope = self.copy(empty, "yardstick")
            refspecs = [f"refs/tags/{workspace.SCOPE}/*:refs/tags/*", f"{CATALOG}:{REMOTE_CATALOG}"]
            self.push(theirs, self.folder / "work" / ".git" / "bit", scope, refspecs, "--atomic")

        in_turns(runs, lambda _: self.export_anew(ours, staged, empty), push)
        self.check(self.folder / "scope", count)
        self.check(self.folder / "yardstick", count)
        self.bench.add(f"export, {count:,} new", ours, "git push --atomic", theirs.median, 1.25)

    def everyday(self, count, runs):
        """One version more, and then nothing more, from a workspace of so many exported components."""
        work, scope = self.folder / "work", self.folder / "scope"
        one, nothing, push, look = Samples(), Samples(), Samples(), Samples()

        def day(number):
            with open(work / "components" / workspace.name(count - 1) / "index.js", "a", encoding="utf-8") as out:
                out.write(f"// {number}\n")
            self.quietly(work, self.bit, "tag", "--skip-auto-tag")
            before = self.copy(scope, "yardstick")
            timed(one, [self.bit, "export"], work, self.environment)
            name = f"{workspace.name(count - 1)}@0.0.{number + 2}"
            refspecs = [f"refs/tags/{workspace.SCOPE}/{name}:refs/tags/{name}", f"{CATALOG}:{REMOTE_CATALOG}"]
            self.push(push, work / ".git" / "bit", before, refspecs, "--atomic")
            timed(nothing, [self.bit, "export"], work, self.environment)
            timed(look, ["git", "ls-remote", scope], work, self.environment)

        in_turns(runs, day)
        self.check(scope, count + runs)
        allowed = (push.median + 0.060) / push.median
        self.bench.add(f"export, 1 of {count:,}", one, "git push --atomic", push.median, round(allowed, 2))
        self.bench.add(f"export, nothing of {count:,}", nothing, "git ls-remote", look.median, 3)

    def in_batches(self, count, runs):
        """So many versions that a host does not take them in one push."""
        staged = self.staged(count, "tree")
        empty = self.new_scope("empty")
        ours, theirs = Samples(), Samples()

        def push(_):
            # One pattern a batch: thousands of names in the arguments would be slow, and no fair yardstick.
            repository, scope = self.folder / "work" / ".git" / "bit", self.copy(empty, "yardstick")
            batches = [self.batch(repository, start) for start in range(0, count, BATCH)]
            os.sync()
            total = Samples()
            for batch in batches:
                self.push(total, batch, scope, ["refs/tags/*:refs/tags/*"])
            self.push(total, repository, scope, [f"{CATALOG}:{REMOTE_CATALOG}"])
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, lambda _: self.export_anew(ours, staged, empty), push)
        self.check(self.folder / "scope", count)
        self.check(self.folder / "yardstick", count)
        self.bench.add(f"export, {count:,} new", ours, f"git push, {BATCH:,} a batch", theirs.median, 1.25)

    def batch(self, repository, start):
        """A repository that borrows all objects and has the refs of one batch."""
        folder = self.folder / f"batch-{start}"
        shutil.rmtree(folder, ignore_errors=True)
        self.quietly(self.folder, "git", "init", "--quiet", "--bare", "--ref-format=files", folder)
        (folder / "objects" / "info" / "alternates").write_text(f"{repository / 'objects'}\n")
        command = ["git", "--git-dir", repository, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags"]
        lines = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
        kept = [line.replace(f"refs/tags/{workspace.SCOPE}/", "refs/tags/") for line in lines[start:start + BATCH]]
        (folder / "packed-refs").write_text("# pack-refs with: sorted \n" + "".join(f"{line}\n" for line in kept))
        return folder

    def into_full_scope(self, components, versions, runs):
        """One version into a scope that holds many: what a scope holds should cost next to nothing."""
        staged = self.staged(components, "tree")
        self.quietly(staged, self.bit, "export")
        for _ in range(versions - 1):
            self.quietly(staged, self.bit, "tag", "--unmodified")
            self.quietly(staged, self.bit, "export")
        self.check(self.folder / "scope", components * versions)
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        (work / "one").mkdir(parents=True)
        (work / "one" / "index.js").write_text("module.exports = 1;\n")
        workspace.commit(work, "one")
        self.quietly(work, self.bit, "init", "--default-scope", workspace.SCOPE)
        self.quietly(work, self.bit, "remote", "add", workspace.SCOPE, self.folder / "scope")
        self.quietly(work, self.bit, "add", "one")
        self.quietly(work, self.bit, "tag")
        first = Samples()
        timed(first, [self.bit, "export"], work, self.environment)
        ours, theirs = Samples(), Samples()

        def day(number):
            (work / "one" / "index.js").write_text(f"module.exports = {number + 2};\n")
            self.quietly(work, self.bit, "tag")
            before = self.copy(self.folder / "scope", "yardstick")
            timed(ours, [self.bit, "export"], work, self.environment)
            name = f"one@0.0.{number + 2}"
            self.push(theirs, work / ".git" / "bit", before, [f"refs/tags/{workspace.SCOPE}/{name}:refs/tags/{name}"])

        in_turns(runs, day)
        total = components * versions
        self.bench.add(f"export, 1 into a scope of {total:,}", ours, "git push of one tag", theirs.median, 1.5)
        self.bench.add(f"the same, and the scope was never seen before", first)
