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

    def guarded(self, count, runs):
        """A push of so many versions and their catalog into a scope that is guarded."""
        staged = self.export.staged(count, "tree")
        empty = self.export.copy(self.folder / "scope", "empty")
        self.export.quietly(staged, self.bit, "export")
        self.push(empty, count, runs)
        self.hook(empty, count, runs)

    def push(self, empty, count, runs):
        """By git itself: where the hook judges it, and where everything is taken."""
        guarded = self.export.copy(empty, "guarded")
        self.export.quietly(guarded, self.bit, "scope", "hooks", "install")
        refspecs = ["refs/tags/*:refs/tags/*", "refs/heads/main:refs/heads/main"]
        judged, plain = Samples(), Samples()

        def push(samples, scope):
            to = self.export.copy(scope, "pushed")
            self.export.push(samples, self.folder / "scope", to, refspecs, "--atomic")
            self.export.check(to, count)

        in_turns(runs, lambda _: push(judged, guarded), lambda _: push(plain, empty))
        # At most a second more.
        bound = round((plain.median + 1) / plain.median, 2)
        self.bench.add(f"git push of {count:,} versions, guarded", judged, "the same, no hook", plain.median, bound)

    def hook(self, empty, count, runs):
        """What the hook alone takes, before git takes the push."""
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

    def signed(self, count, tags, runs):
        """The signatures of a scope, and signing, beside git doing the same to the same tags with the same key."""
        key, signers = self.folder / "key", self.folder / "signers"
        staged = self.export.staged(count, "tree")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", key], check=True)
        public = key.with_suffix(".pub").read_text(encoding="utf-8")
        signers.write_text(f"bench@example.com {public}", encoding="utf-8")
        settings = {"gpg.format": "ssh", "user.signingkey": f"{key}.pub", "gpg.ssh.allowedSignersFile": str(signers)}
        environment = self.environment | {"GIT_CONFIG_COUNT": str(len(settings))}
        for number, (name, value) in enumerate(settings.items()):
            environment |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}

        def quietly(*command, folder=staged):
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)

        quietly(self.bit, "reset", "--all")
        quietly(self.bit, "tag", "--sign")
        quietly(self.bit, "export")
        scope = self.folder / "scope"
        names = self.tags(scope)
        judged, theirs = Samples(), Samples()
        in_turns(
            runs,
            lambda _: timed(judged, [self.bit, "verify", scope, "--signers", signers], self.folder, environment),
            lambda _: timed(theirs, ["git", "--git-dir", scope, "verify-tag", *names], self.folder, environment),
        )
        self.bench.add(f"verify --signers, {count:,} versions", judged, "git verify-tag", theirs.median, 1)
        self.signing(staged, environment, tags, runs)

    def signing(self, staged, environment, count, runs):
        """So many versions more, all signed."""
        for name in sorted((staged / "components").iterdir())[:count]:
            (name / "more.js").write_text("module.exports = 1;\n", encoding="utf-8")
        arguments = ["--skip-auto-tag", "--message", "more"]
        local = ".git/bit" if (staged / ".git").is_dir() else ".bit"
        plain, ours, theirs = Samples(), Samples(), Samples()

        def tagged(samples, *more):
            work = self.export.copy(staged, "work")
            timed(samples, [self.bit, "tag", *arguments, *more], work, environment)
            return work

        def git(_):
            # What was tagged without a signature gets one, tag by tag: git signs no two at once.
            repository, total = tagged(plain) / local, Samples()
            for number, name in enumerate(self.tags(repository)[:count]):
                sign = ["git", "--git-dir", repository, "tag", "--sign", "--message", "more", f"s{number}", f"{name}^{{}}"]
                timed(total, sign, self.folder, environment)
            theirs.seconds.append(sum(total.seconds))

        in_turns(runs, lambda _: tagged(ours, "--sign"), git)
        self.bench.add(f"tag --sign, {count:,} versions", ours, "tag, and git tag -s", plain.median + theirs.median, 1)

    def tags(self, repository):
        command = ["git", "--git-dir", repository, "tag", "--list"]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
