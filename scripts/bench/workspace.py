"""Workspaces to measure in: N components of three files each, the same bytes on every machine."""

import os
import subprocess

SCOPE = "bench"
# The clock is fixed, so that two runs make the same commits.
DATE = "1700000000 +0000"


def git_environment():
    """What git sees: nobody's configuration, a fixed identity and a fixed clock."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Bench",
        "GIT_AUTHOR_EMAIL": "bench@example.com",
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_NAME": "Bench",
        "GIT_COMMITTER_EMAIL": "bench@example.com",
        "GIT_COMMITTER_DATE": DATE,
        "LC_ALL": "C",
        "TZ": "UTC",
    }


def name(number):
    return f"c{number:05}"


def dependency(number, shape):
    """The component that this one requires: its parent in a tree of four children each, or its neighbour in a chain."""
    if number == 0:
        return None
    return number - 1 if shape == "chain" else (number - 1) // 4


def files(number, shape):
    """A component's files: an entry that requires the dependency by its package, a helper and a stylesheet."""
    this, parent = name(number), dependency(number, shape)
    required = "() => 0" if parent is None else f"require('@{SCOPE}/{name(parent)}')"
    yield "index.js", (
        f"const before = {required};\n"
        f"const {{ scale }} = require('./scale.js');\n\n"
        f"/**\n * Component {this}.\n * @param {{number}} x\n * @returns {{number}}\n */\n"
        f"module.exports = function {this}(x) {{\n  return scale(before(x) + {number});\n}};\n"
    )
    yield "scale.js", f"/** Twice, and {number} more. */\nexports.scale = (x) => 2 * x + {number};\n"
    yield "style.css", f".{this} {{\n  order: {number};\n  color: #{number:06x};\n}}\n"


def make(folder, count, shape):
    """Write the workspace and commit it to a git repository of its own."""
    for number in range(count):
        component = os.path.join(folder, "components", name(number))
        os.makedirs(component)
        for path, text in files(number, shape):
            with open(os.path.join(component, path), "w", encoding="utf-8") as out:
                out.write(text)
    with open(os.path.join(folder, ".gitignore"), "w", encoding="utf-8") as out:
        out.write("node_modules/\n")
    commit(folder, "components")


def commit(folder, message):
    def git(*arguments):
        subprocess.run(["git", "-C", folder, *arguments], env=git_environment(), check=True, stdout=subprocess.DEVNULL)

    if not os.path.isdir(os.path.join(folder, ".git")):
        git("init", "--quiet", "--initial-branch=main")
        # Thousands of loose objects would be packed behind the back of what is copied and measured.
        git("config", "maintenance.auto", "false")
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
