"""Packing beside tar: as many archives as there are versions, beside one archive of the same files."""

import os
import shutil
import sys
import tarfile

from measure import Samples, in_turns, timed


class Packing:
    """A workspace whose components all have a version."""

    def __init__(self, bench):
        self.bench, self.bit, self.environment = bench, bench.bit, bench.environment
        self.folder = bench.folder / "packing"

    def measure(self, count, runs):
        self.folder.mkdir(parents=True, exist_ok=True)
        workspace = self.bench.prepared(count, "tree")
        self.bench.do(workspace, "tag", "-m", "first")
        packed, unpacked = self.folder / "packed", self.folder / "unpacked"
        self.unpack(workspace, packed, unpacked, count)
        ours, theirs = Samples(), Samples()

        def bit(turn):
            # A folder of its own each time: after a thousand files were deleted, ext4 goes through each of their places
            # before it makes a new one.
            folder = self.folder / f"packed-{turn}"
            timed(ours, [self.bit, "pack", "--out-dir", folder], workspace, self.environment)

        def tar(_):
            # gzip's usual level, 6, is that of our archives too.
            timed(theirs, ["tar", "-czf", self.folder / "all.tgz", "-C", unpacked, "."], self.folder, self.environment)

        in_turns(runs, bit, tar)
        self.bench.add(f"pack, {count:,} versions", ours, "tar czf of their files", theirs.median, 1.5)

    def unpack(self, workspace, packed, unpacked, count):
        """The files that are in the archives, as plain files: what tar packs is what we pack."""
        self.bench.do(workspace, "pack", "--out-dir", packed)
        archives = sorted(packed.iterdir())
        if len(archives) != count:
            sys.exit(f"{len(archives)} archives of {count} versions")
        for archive in archives:
            with tarfile.open(archive) as opened:
                opened.extractall(unpacked / archive.stem, filter="data")
        os.sync()
