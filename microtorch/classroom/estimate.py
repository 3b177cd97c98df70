"""What a grading costs, from a sample that is graded here and now.

The model is linear, as each notebook is graded by itself, in processes of its own:

=================  =================================================================================
core seconds       notebooks x (seconds of the sample x cores / notebooks of the sample)
hours              core seconds / cores of all machines / 3600
memory             notebooks under way x the most that one had, and 0.2 GB for each worker process
journal, reports   notebooks x bytes of the sample
one process        notebooks x the seconds in which the grading's own process computed: to read,
                   hash and hand out a notebook, and to write its journal entry and its two pages.
                   This does not get shorter with more machines.
=================  =================================================================================

The seconds of the sample are seconds of the clock, so other programs that compute make it look dearer.
A notebook with an endless loop costs its time limit for each such cell; the sample has as many of them
as the class, if it is large enough.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from microtorch.classroom.batch import Grading, grade_class
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.executors import Threads, default_jobs
from microtorch.classroom.journal import Journal
from microtorch.classroom.reports import JOURNAL, write_student
from microtorch.classroom.sandbox import processes
from microtorch.classroom.submissions import Submission

SAMPLE = 24
MANY = 100_000
WORKER_MB = 200.0
LOOK = 0.2


@dataclass(frozen=True)
class Costs:
    """What one notebook costs, on average of a sample."""

    sample: int
    core_seconds: float
    own_seconds: float  # of the one process that hands out the work
    memory_mb: float  # at most, of one notebook under way
    journal_bytes: float
    report_bytes: float
    cores: int
    jobs: int

    def hours(self, notebooks: int, cores: int) -> float:
        """How long ``notebooks`` take on ``cores`` like these; the one process is a lower bound."""
        return max(notebooks * self.core_seconds / cores, notebooks * self.own_seconds) / 3600

    def disk_mb(self, notebooks: int) -> float:
        """Journal and reports."""
        return notebooks * (self.journal_bytes + self.report_bytes) / 1e6

    def text(self, notebooks: int) -> str:
        """The costs in words, for this class and for 100,000."""
        jobs_per_core = self.jobs / self.cores
        rate = 60 * self.cores / self.core_seconds
        lines = [
            f"Measured on {self.sample} notebooks, {self.jobs} at a time on {self.cores} cores:",
            f"  {self.core_seconds:.2f} core seconds each, {rate:.0f} a minute here",
            f"  {1000 * self.own_seconds:.1f} ms of that in the grading's own process",
            f"  {self.memory_mb:.0f} MB for a notebook under way",
            f"  {self.journal_bytes:,.0f} bytes in the journal, {self.report_bytes:,.0f} in reports",
            "",
            f"{'notebooks':>10} {'cores':>6} {'hours':>8} {'core hours':>11} {'memory':>9} {'disk':>9}",
        ]
        for count, cores in [(notebooks, self.cores), (MANY, self.cores), (MANY, 16), (MANY, 128)]:
            memory = (cores * jobs_per_core * self.memory_mb + WORKER_MB * cores / 4) / 1000
            lines.append(
                f"{count:>10,} {cores:>6} {self.hours(count, cores):>8.2f} "
                f"{count * self.core_seconds / 3600:>11.1f} {memory:>6.1f} GB "
                f"{self.disk_mb(count) / 1000:>6.2f} GB"
            )
        return "\n".join(lines)


def measure(submissions: Sequence[Submission], grading: Grading, jobs: int | None = None) -> Costs:
    """Grade a sample, spread over the class, and measure it; nothing of it is kept.

    What this process keeps ready for grading stays ready; ``work.close`` ends it.

    Raises:
        ClassroomError: if none of it could be graded.
    """
    jobs = jobs or default_jobs()
    sample = list(submissions[:: max(1, len(submissions) // SAMPLE)][:SAMPLE])
    with (
        tempfile.TemporaryDirectory(prefix="microtorch-estimate-") as name,
        Threads(jobs)() as pool,
    ):
        out = Path(name)
        with Journal(out / "first.jsonl") as journal:  # what is only done once is not measured
            grade_class(sample[:1], grading, journal, executor=pool, jobs=1)
        memory = _Memory()
        memory.start()
        start, own = time.monotonic(), time.process_time()
        with Journal(out / JOURNAL) as journal:
            results = grade_class(
                sample,
                grading,
                journal,
                executor=pool,
                jobs=jobs,
                on_result=lambda result, new: write_student(out, result, grading.bundle),
            )
        seconds, own = time.monotonic() - start, time.process_time() - own
        memory.over.set()
        memory.join()
        own -= memory.seconds
        good = [result for result in results if result.status != "failed"]
        if not good:
            raise ClassroomError(
                "None of the sample could be graded: " + " ".join(results[0].report.notes)
            )
        reports = sum(path.stat().st_size for path in (out / "feedback").iterdir())
        journal_bytes = (out / JOURNAL).stat().st_size
    cores = os.cpu_count() or 1
    n = len(sample)
    under_way = min(jobs, n)
    return Costs(
        n,
        cores * seconds / n,
        own / n,
        memory.most / under_way,
        journal_bytes / n,
        reports / n,
        cores,
        jobs,
    )


class _Memory(threading.Thread):
    """Looks how much all processes below this one hold, each shared page counted once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0.0
        self.seconds = 0.0  # that this took itself
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(LOOK):
            below = processes.tree(os.getpid())[1:]
            self.most = max(self.most, processes.own_memory_mb(below))
            self.seconds = time.thread_time()
