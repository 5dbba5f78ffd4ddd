"""Cancels one task of aws-fsx with nothing but Temporal's own client, and prints how it ended."""

import asyncio
import os
import sys
from urllib.parse import quote

from temporalio.client import Client, WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.envconfig import ClientConfig


def segment(text: str) -> str:
    """As JavaScript's encodeURIComponent, which makes the Workflow ids."""
    return quote(text, safe="!'()*")


async def main(connection: str, task_id: str) -> str | None:
    # Address, namespace, TLS and API key from TEMPORAL_… variables or Temporal's config file.
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    cancellation = await client.start_workflow(
        "cancelTask",
        {
            "task": {"provider": "aws-fsx", "connection": connection, "ids": {"taskId": task_id}},
            "reason": "wrong bucket",
            "requestedBy": "a service in Python",
            "deadlineAfterMs": None,
        },
        id=f"cancel/aws-fsx/{segment(connection)}/{segment(task_id)}",
        task_queue="quiesce",
        # The same task is one cancellation: who comes second gets the first one's.
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    try:
        result = await cancellation.result()
    except WorkflowFailureError as failure:
        # No verdict; an ApplicationError's type, printed before its message, is one of the contract's failures.
        return str(failure.cause)
    evidence = result["evidence"]
    print(result["verdict"], evidence.get("lastState"), evidence["asks"])


no_verdict = asyncio.run(main(*sys.argv[1:]))
if no_verdict:
    print(no_verdict, file=sys.stderr)
sys.stdout.flush()
# At once: a thread of the client can abort an interpreter that shuts down, https://github.com/temporalio/sdk-python/issues/300
os._exit(1 if no_verdict else 0)
