"""What a process of ours has spent so far, as Linux counts it; elsewhere nothing is known, and nothing is said to be spent."""

from pathlib import Path


class Effort:
    """Of the process with that id."""

    def __init__(self, process_id: int) -> None:
        self._folder = Path("/proc") / str(process_id)

    @property
    def cpu_seconds(self) -> float:
        """Of all its threads that still live, to the nanosecond."""
        return sum(int(each.read_text().split()[0]) for each in self._folder.glob("task/*/schedstat")) / 1e9

    @property
    def most_memory_mib(self) -> int:
        """The most that it ever held."""
        status = self._folder / "status"
        lines = status.read_text().splitlines() if status.exists() else []
        return max((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), default=0)
