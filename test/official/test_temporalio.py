"""Temporal's own Python client and the example of docs/contract.md, against a Worker of Quiesce and a simulated cloud."""

import asyncio
import json
import os
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

from temporalio.client import Client, WorkflowFailureError

EXAMPLE = Path(__file__).parents[2] / "examples" / "cancel_task.py"
STACK: dict[str, str] = json.loads(os.environ["QUIESCE_STACK"])
CONNECTION = STACK["connection"]


def seed(**request) -> str:
    """Makes a task in the cloud; its id."""
    body = json.dumps({"provider": "aws-fsx", "state": "running", **request}).encode()
    with urllib.request.urlopen(f"{STACK['endpoint']}/_simulator/tasks", body, timeout=60) as answer:
        return json.load(answer)["tasks"][0]["id"]


def run_example(*args: str) -> subprocess.CompletedProcess:
    env = {**os.environ, "TEMPORAL_ADDRESS": STACK["address"]}
    return subprocess.run([sys.executable, EXAMPLE, *args], env=env, capture_output=True, text=True, timeout=120)


class Temporalio(unittest.TestCase):
    def test_the_example_cancels_and_tells_the_verdict(self):
        ran = run_example(CONNECTION, seed(delays={"cancelingMs": 500}))
        self.assertEqual((ran.stdout, ran.stderr, ran.returncode), ("canceled CANCELED 1\n", "", 0))

    def test_the_example_tells_why_there_is_no_verdict(self):
        ran = run_example("elsewhere", seed())
        self.assertRegex(ran.stderr, r"^UnknownConnection: .*elsewhere")
        self.assertEqual((ran.stdout, ran.returncode), ("", 1))

    def test_asks_steers_and_finds(self):
        asyncio.run(self.steer(seed(onCancel="stuckCanceling")))

    async def steer(self, task_id: str):
        client = await Client.connect(STACK["address"])
        task = {"provider": "aws-fsx", "connection": CONNECTION, "ids": {"taskId": task_id}}
        workflow_id = f"cancel/aws-fsx/{CONNECTION}/{task_id}"
        cancellation = await client.start_workflow(
            "cancelTask", {"task": task, "requestedBy": "ada"}, id=workflow_id, task_queue="quiesce"
        )
        while (await cancellation.query("progress"))["asks"] == 0:
            await asyncio.sleep(0.1)
        before = (await cancellation.query("progress"))["deadlineAtMs"]
        await cancellation.execute_update("extendDeadline", {"byMs": 60_000})
        self.assertEqual((await cancellation.query("progress"))["deadlineAtMs"], before + 60_000)
        await cancellation.signal("pollNow")
        await cancellation.execute_update("abandon", {"by": "ada", "reason": "a test"})
        result = await cancellation.result()
        self.assertEqual((result["verdict"], result["evidence"]["givenUp"]["by"]), ("unproven", "ada"))

        query, found = f"QuiesceTask='aws-fsx://{CONNECTION}/{task_id}' AND QuiesceVerdict='unproven'", []
        while not found:  # Visibility is behind by a moment.
            found = [workflow.id async for workflow in client.list_workflows(query)]
        self.assertEqual(found, [workflow_id])

    def test_is_told_what_is_wrong_with_an_input(self):
        async def start():
            client = await Client.connect(STACK["address"])
            await client.execute_workflow("cancelTask", {"task": None}, id="cancel/nothing", task_queue="quiesce")

        with self.assertRaises(WorkflowFailureError) as refused:
            asyncio.run(start())
        self.assertEqual(refused.exception.cause.type, "InvalidInput")
