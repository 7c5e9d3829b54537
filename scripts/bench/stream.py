"""A local scope as a stream for `git fast-import`: the yardstick that writes the same trees, commits and refs."""

import subprocess

from workspace import git_environment


class Objects:
    """What `git cat-file --batch` answers, one object at a time."""

    def __init__(self, scope):
        self.process = subprocess.Popen(
            ["git", "--git-dir", scope, "cat-file", "--batch"],
            env=git_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def read(self, name):
        self.process.stdin.write(f"{name}\n".encode())
        self.process.stdin.flush()
        header = self.process.stdout.readline().split()
        if len(header) != 3:
            raise ValueError(f"{name}: {b' '.join(header).decode()}")
        body = self.process.stdout.read(int(header[2]))
        self.process.stdout.read(1)
        return body

    def files(self, tree, prefix=b""):
        """Every file below a tree, as (mode, path, bytes)."""
        body, at = self.read(tree), 0
        while at < len(body):
            nul = body.index(b"\0", at)
            mode, name = body[at:nul].split(b" ", 1)
            child = body[nul + 1 : nul + 21].hex()
            at = nul + 21
            if mode == b"40000":
                yield from self.files(child, prefix + name + b"/")
            else:
                yield mode, prefix + name, self.read(child)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def _data(payload):
    return b"data %d\n%s\n" % (len(payload), payload)


def _quoted(path):
    escapes = {b"\\": b"\\\\", b'"': b'\\"', b"\n": b"\\n"}
    return b'"%s"' % b"".join(escapes.get(path[i : i + 1], path[i : i + 1]) for i in range(len(path)))


def commits(scope):
    """The commit of every version tag, by ref."""
    command = ["git", "--git-dir", scope, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags"]
    listing = subprocess.run(command, env=git_environment(), check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(line.split(" ") for line in listing.splitlines())


def write(scope, out):
    """Write every version tag of the scope to `out`: one commit a tag, parents first, each file's bytes inline.

    That is what somebody would feed who has the content and no repository yet. Returns the commits by ref, to compare with.
    """
    commit_of = commits(scope)
    objects, marks = Objects(scope), {}

    def emit(ref, commit):
        header, message = objects.read(commit).split(b"\n\n", 1)
        lines = header.split(b"\n")
        parents = [line.split(b" ")[1].decode() for line in lines if line.startswith(b"parent ")]
        if not all(parent in marks for parent in parents):
            return False
        marks[commit] = len(marks) + 1
        out.write(b"commit %s\nmark :%d\n" % (ref.encode(), marks[commit]))
        out.writelines(line + b"\n" for line in lines if line.startswith((b"author ", b"committer ")))
        out.write(_data(message))
        for number, parent in enumerate(parents):
            out.write(b"%s :%d\n" % (b"merge" if number else b"from", marks[parent]))
        if parents:
            out.write(b"deleteall\n")
        tree = lines[0].removeprefix(b"tree ").decode()
        for mode, path, content in objects.files(tree):
            out.write(b"M %s inline %s\n" % (mode, _quoted(path)))
            out.write(_data(content))
        return True

    waiting = list(commit_of.items())
    while waiting:
        left = [(ref, commit) for ref, commit in waiting if not emit(ref, commit)]
        if len(left) == len(waiting):
            raise ValueError(f"{scope}: the parent of {left[0][0]} has no tag")
        waiting = left
    out.write(b"done\n")
    objects.close()
    return commit_of
