"""Import beside git: cloning the same scope and checking out the same files, or fetching the same tag."""

import os
import shutil
import subprocess
import sys

import workspace
from host import Far
from measure import Samples, in_turns, timed

TOGETHER = "refs/heads/bench-together"
# What is added to every answer of a host that is far away.
DISTANCE = 0.050


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

    def everything(self, count, runs, bound=None):
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
        self.bench.add(f"import, {count:,} into an empty workspace", ours, "git clone and checkout", theirs.median, bound)
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

    def first_contact(self, count, runs):
        """What a workspace that has never seen the scope has to bring besides: its catalog."""
        ours, theirs = Samples(), Samples()
        catalog = f"refs/remotes/{workspace.SCOPE}/catalog"

        def day(_):
            fresh = self.empty("fresh")
            os.sync()
            timed(ours, [self.bit, "fetch", workspace.SCOPE], fresh, self.environment)
            plain = self.folder / "plain"
            shutil.rmtree(plain, ignore_errors=True)
            self.export.quietly(self.folder, "git", "init", "--quiet", "--bare", plain)
            command = ["git", "--git-dir", plain, "fetch", "--quiet", "--no-tags", "--depth=1"]
            timed(theirs, [*command, self.folder / "scope", f"HEAD:{catalog}"], self.folder, self.environment)

        in_turns(runs, day)
        self.bench.add(f"first contact with a scope of {count:,}", ours, "git fetch --depth=1", theirs.median)

    def nothing_new(self, scopes, runs):
        """A workspace of several scopes on a host that is far away, where nothing has changed."""
        self.bench.say(f"{scopes} scopes over HTTP, {1000 * DISTANCE:g} ms away")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "host").mkdir(parents=True)
        names = [f"bench.s{number}" for number in range(scopes)]
        author, work = self.folder / "author", self.folder / "work"
        for folder in (author, work):
            folder.mkdir()
            self.export.quietly(folder, "git", "init", "--quiet")
            self.export.quietly(folder, self.bit, "init", "--default-scope", names[0])
        for name in names:
            place = self.folder / "host" / name
            self.export.quietly(self.folder, self.bit, "scope", "create", place, "--name", name)
            self.export.quietly(author, self.bit, "remote", "add", name, place)
            (author / name).mkdir()
            (author / name / "index.js").write_text(f"module.exports = '{name}';\n")
            self.export.quietly(author, self.bit, "add", name, "--id", "own", "--scope", name)
        self.export.quietly(author, self.bit, "tag")
        self.export.quietly(author, self.bit, "export")
        ours, theirs = Samples(), Samples()
        with Far(self.folder / "host", DISTANCE) as host:
            for name in names:
                self.export.quietly(work, self.bit, "remote", "add", name, f"{host.url}/{name}")
            self.export.quietly(work, self.bit, "import", *(f"{name}/own" for name in names))
            host.spent.clear()
            in_turns(
                runs,
                lambda _: timed(ours, [self.bit, "import"], work, self.environment),
                lambda _: timed(theirs, ["git", "ls-remote", f"{host.url}/{names[0]}"], work, self.environment),
            )
            # git itself asks twice: what the host can do, and for the refs.
            if len(host.spent) != 2 * runs * (scopes + 1):
                sys.exit(f"{len(host.spent)} answers in {runs} turns: more than one question a scope")
        self.bench.add(f"import, nothing new, {scopes} scopes over HTTP", ours, "git ls-remote of one", theirs.median, 2)
