"""Timing programs: wall clock and peak memory, ours and the yardstick's in turns."""

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field


@dataclass
class Samples:
    seconds: list = field(default_factory=list)
    # Kilobytes. Never below this program's own size: a child begins as its parent's copy.
    peak: int = 0

    @property
    def median(self):
        return statistics.median(self.seconds)


def timed(samples, command, folder, environment, given=None):
    """Run the command once and add what it took. A command that fails ends the measurements."""
    stdin = open(given, "rb") if given else subprocess.DEVNULL
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, close_fds=False,
        stdin=stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    samples.seconds.append(time.perf_counter() - start)
    samples.peak = max(samples.peak, usage.ru_maxrss)
    process.returncode = os.waitstatus_to_exitcode(status)
    if given:
        stdin.close()
    if process.returncode != 0:
        # Once more, to see what it says.
        subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL)
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode} in {folder}")


def in_turns(runs, *contestants):
    """Each contestant once, `runs` times over: what disturbs the machine disturbs all of them."""
    for number in range(runs):
        for contestant in contestants:
            contestant(number)
