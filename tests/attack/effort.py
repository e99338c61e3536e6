"""What a process of ours has spent so far, as Linux counts it."""

from pathlib import Path


class Effort:
    """Of the process with that id."""

    def __init__(self, process_id: int) -> None:
        self._folder = Path("/proc") / str(process_id)

    @property
    def is_known(self) -> bool:
        """Not everywhere: only Linux tells."""
        return (self._folder / "schedstat").exists()

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads that still live, to the nanosecond; what had been spent when it is looked at."""
        spent = sum(int(each.read_text().split()[0]) for each in (self._folder / "task").glob("*/schedstat"))
        return spent / 1e9

    @property
    def most_memory_mib(self) -> int:
        """The most that it ever held."""
        line = next(line for line in (self._folder / "status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) // 1024
