"""Import beside git: cloning the same scope and checking out the same files, or fetching the same tag."""

import os
import shutil
import subprocess

import workspace
from measure import Samples, in_turns, timed

TOGETHER = "refs/heads/bench-together"


class Import:
    """A scope of many components, and empty workspaces that take them."""

    def __init__(self, bench, export):
        self.bench, self.bit, self.export = bench, bench.bit, export
        self.folder, self.environment = export.folder, bench.environment

    def published(self, count):
        """A scope that holds so many components."""
        staged = self.export.staged(count, "tree")
        self.export.quietly(staged, self.bit, "export")
        return self.folder / "scope"

    def empty(self, name):
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.export.quietly(folder, "git", "init", "--quiet")
        self.export.quietly(folder, self.bit, "init", "--default-scope", "mine.app")
        self.export.quietly(folder, self.bit, "remote", "add", workspace.SCOPE, self.folder / "scope")
        return folder

    def together(self, scope):
        """A copy of the scope with a branch that holds the files of all components: what one checkout writes."""
        copied = self.export.copy(scope, "together")
        git = ["git", "--git-dir", copied]

        def run(*command, given=None):
            done = subprocess.run([*git, *command], env=self.environment, input=given, stdout=subprocess.PIPE, text=True, check=True)
            return done.stdout

        trees = run("for-each-ref", "--format=%(tree) %(refname:lstrip=2)", "refs/tags").splitlines()
        entries = ((line.split(" ")[0], line.split(" ")[1].split("@")[0]) for line in trees)
        components = run("mktree", given="".join(f"040000 tree {tree}\t{name}\n" for tree, name in entries)).strip()
        tree = run("mktree", given=f"040000 tree {components}\tcomponents\n").strip()
        run("update-ref", TOGETHER, run("commit-tree", "-m", "together", tree).strip())
        return copied

    def everything(self, count, runs):
        """All components of a scope into an empty workspace."""
        scope = self.published(count)
        together = self.together(scope)
        ours, theirs = Samples(), Samples()

        def take(_):
            work = self.empty("work")
            os.sync()
            timed(ours, [self.bit, "import", f"{workspace.SCOPE}/*"], work, self.environment)

        def clone(_):
            mirror, files = self.folder / "mirror", self.folder / "files"
            shutil.rmtree(mirror, ignore_errors=True)
            shutil.rmtree(files, ignore_errors=True)
            os.sync()
            total = Samples()
            timed(total, ["git", "clone", "--quiet", "--mirror", together, mirror], self.folder, self.environment)
            checkout = ["git", "--git-dir", mirror, "worktree", "add", "--quiet", files, TOGETHER]
            timed(total, checkout, self.folder, self.environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, take, clone)
        self.bench.add(f"import, {count:,} into an empty workspace", ours, "git clone and checkout", theirs.median, 2)
        return ours

    def one(self, count, runs):
        """One more component, from a scope that is known."""
        work = self.empty("work")
        self.export.quietly(work, self.bit, "fetch", workspace.SCOPE)
        plain = self.folder / "plain"
        shutil.rmtree(plain, ignore_errors=True)
        self.export.quietly(self.folder, "git", "init", "--quiet", "--bare", plain)
        ours, theirs = Samples(), Samples()

        def day(number):
            # The root of the tree needs nothing else; a leaf would bring those that it needs.
            fresh = self.export.copy(work, "fresh")
            timed(ours, [self.bit, "import", f"{workspace.SCOPE}/{workspace.name(0)}"], fresh, self.environment)
            copied = self.export.copy(plain, "fetched")
            tag = f"refs/tags/{workspace.name(0)}@0.0.1"
            command = ["git", "--git-dir", copied, "fetch", "--quiet", "--no-tags", self.folder / "scope", f"{tag}:{tag}"]
            timed(theirs, command, self.folder, self.environment)

        in_turns(runs, day)
        self.bench.add(f"import, 1 of {count:,}, catalog known", ours, "git fetch of its tag", theirs.median, 3)
