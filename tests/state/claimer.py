"""Claims the same hundred keys as others do at the same time; prints those that it won."""

import asyncio
import sys
from pathlib import Path

from gateway.state.sqlite import SqliteState


async def main(directory: Path, name: str) -> None:
    state = await SqliteState.open(directory, state_key=None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    for number in range(100):
        claim = await state.claim_key("bulk", f"k-{number}", fingerprint="f", operation_key=name)
        assert claim.is_new == (claim.operation_key == name)
        if claim.is_new:
            sys.stdout.write(f"{number}\n")
    await state.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
