"""Building TypeScript: the built-in compile beside one pass of oxc in one process, and beside tsc, over the same files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import workspace
from measure import Samples, in_turns, timed

HERE = Path(__file__).resolve().parent
# The same oxc that bit is built with.
TOOLS = ["oxc-transform@0.146.0", "typescript@5.9"]


def files(number):
    """A component's files: an entry that imports the dependency by its package, a helper, markup and a type."""
    this, parent = workspace.name(number), workspace.dependency(number, "tree")
    before = "const before = (x: number): number => x;" if parent is None else (
        f'import {{ {workspace.name(parent)} as before }} from "@{workspace.SCOPE}/{workspace.name(parent)}";'
    )
    yield "index.ts", (
        f'{before}\nimport {{ scale, type Shade }} from "./scale";\n\nexport type {{ Shade }};\n\n'
        f"export interface Options {{\n  readonly x: number;\n  readonly shade?: Shade;\n}}\n\n"
        f"/** Component {this}. */\nexport function {this}(x: number): number {{\n  return scale(before(x) + {number});\n}}\n"
    )
    body = "".join(
        f"export function step{at}(x: number, y: Map<string, number> = new Map()): number {{\n"
        f"  const all: number[] = [...y.values()].filter((one): one is number => one > {at});\n"
        f"  return all.reduce((sum, one) => sum + one, x * {number + at}) ?? 0;\n}}\n\n"
        for at in range(8)
    )
    yield "scale.ts", (
        f'export type Shade = "light" | "dark";\n\nexport const enum Side {{ Left, Right }}\n\n{body}'
        f"export function scale(x: number): number {{\n  return step0(x) + {number};\n}}\n"
    )
    yield "style.css", f".{this} {{ order: {number}; }}\n"


class Building:
    """Components of TypeScript, none of them tagged."""

    def __init__(self, bench):
        self.bench, self.bit, self.environment = bench, bench.bit, bench.environment
        self.folder = bench.folder / "building"

    def measure(self, count, runs):
        for program in ("node", "npm"):
            if shutil.which(program) is None:
                sys.exit(f"no `{program}` on the path: the yardsticks of the compiler are npm packages")
        self.folder.mkdir(parents=True, exist_ok=True)
        tools = self.tools()
        made = self.make(count)
        self.cold_and_again(made, tools, count, runs)
        self.in_a_tag(made, tools, count, runs)

    def tools(self):
        """The yardsticks, from npm."""
        tools = self.folder / "tools"
        tools.mkdir()
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", tools, *TOOLS]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return tools

    def make(self, count):
        self.bench.say(f"{count:,} components of TypeScript")
        folder = self.folder / "work"
        for number in range(count):
            component = folder / "components" / workspace.name(number)
            component.mkdir(parents=True)
            for path, text in files(number):
                (component / path).write_text(text, encoding="utf-8")
        (folder / ".gitignore").write_text("node_modules/\n", encoding="utf-8")
        workspace.commit(folder, "components")
        self.bench.do(folder, "init", "--default-scope", workspace.SCOPE)
        self.bench.do(folder, "add", "components/*")
        self.bench.do(folder, "link")
        return folder

    def copy(self, source):
        target = self.folder / "copy"
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)
        os.sync()
        return target

    def oxc(self, made, tools):
        return ["node", HERE / "oxc_pass.mjs", tools, made / "components"]

    def cold_and_again(self, made, tools, count, runs):
        ours, again, look, theirs, tsc = Samples(), Samples(), Samples(), Samples(), Samples()
        project = self.project_of_tsc(made)

        def bit(_):
            copied = self.copy(made)
            timed(ours, [self.bit, "build"], copied, self.environment)
            timed(again, [self.bit, "build"], copied, self.environment)
            timed(look, [self.bit, "status"], copied, self.environment)

        def typescript(run):
            # It takes seconds: three times are enough.
            if run < 3:
                timed(tsc, [tools / "node_modules/.bin/tsc", "-p", project], self.folder, self.environment)

        in_turns(
            runs,
            bit,
            lambda _: timed(theirs, self.oxc(made, tools), self.folder, self.environment),
            typescript,
        )
        self.bench.add(f"build, {count:,} of TypeScript", ours, "one pass of oxc", theirs.median, 1.5)
        self.bench.add(f"build, {count:,} of TypeScript", ours, "tsc, isolatedModules", tsc.median, 0.05)
        # What a build costs beside the look at the workspace that every command takes.
        cold, cached = (Samples([all.median - look.median], all.peak) for all in (ours, again))
        self.bench.add("the build in it, nothing changed", cached, "the build in it, cold", cold.median, 0.1)

    def project_of_tsc(self, made):
        config = self.folder / "tsconfig.json"
        options = {
            "target": "esnext", "module": "esnext", "moduleResolution": "bundler", "isolatedModules": True,
            "declaration": True, "sourceMap": True, "skipLibCheck": True, "preserveConstEnums": True,
            "rootDir": str(made / "components"), "outDir": str(self.folder / "tsc"),
        }
        config.write_text(json.dumps({"compilerOptions": options, "include": [str(made / "components")]}))
        return config

    def in_a_tag(self, made, tools, count, runs):
        """What the build adds to a tag."""
        with_build, without, theirs = Samples(), Samples(), Samples()
        in_turns(
            runs,
            lambda _: timed(with_build, [self.bit, "tag", "-m", "x"], self.copy(made), self.environment),
            lambda _: timed(without, [self.bit, "tag", "-m", "x", "--skip-build"], self.copy(made), self.environment),
            lambda _: timed(theirs, self.oxc(made, tools), self.folder, self.environment),
        )
        build = Samples([with_build.median - without.median], with_build.peak)
        self.bench.add(f"tag, {count:,} of TypeScript", with_build, "tag --skip-build", without.median)
        self.bench.add("of that: the build", build, "one pass of oxc", theirs.median, 1.5)
