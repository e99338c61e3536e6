"""Writes operations, results, keys and a vault without end; prints a number once everything of that number is confirmed."""

import asyncio
import itertools
import sys
from pathlib import Path

from gateway.domain.operation import OperationResult, OperationState
from gateway.state.sqlite import SqliteState
from tests.state.made_up import operation


async def main(directory: Path, start: int) -> None:
    state = await SqliteState.open(directory, state_key="k", is_exclusive=True)
    for number in itertools.count(start):
        key = f"o-{number}"
        await state.save_operation(operation(key, state=OperationState.RUNNING), work=str(number).encode())
        await state.claim_key("s", key, fingerprint="f", operation_key=key)
        await state.save_results(key, [OperationResult(index, f"{number}") for index in range(20)])
        await state.answer_key("s", key, b"told")
        await state.vault("rota").save(f"{number}")
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
