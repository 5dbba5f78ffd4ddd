"""What the tests of the official clients share: where the simulator is, and its control API (docs/simulator.md)."""

import json
import os
import unittest
import urllib.request

if "QUIESCE_SIMULATOR" not in os.environ:
    raise SystemExit("These tests need a running simulator: start them with `npm run test:official`.")

_started = json.loads(os.environ["QUIESCE_SIMULATOR"])
ENDPOINT: str = _started["endpoint"]
CREDENTIALS: dict[str, dict[str, str]] = _started["credentials"]


def control(method: str, path: str, body: object = None):
    """One request to the simulator's control API; its answer as JSON."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{ENDPOINT}/_simulator/{path}", data, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class SimulatorTest(unittest.TestCase):
    """Each test starts with an empty cloud, and between them they have every operation done at least once."""

    provider: str
    """The simulated provider's id."""
    operations: set[str] = set()
    """All that the vendor's client can call of it."""
    done: set[str]

    @classmethod
    def setUpClass(cls):
        cls.done = set()

    def setUp(self):
        control("POST", "reset", {})
        # Far longer than a slow machine takes between two calls: states change when a test lets time pass.
        self.change_settings(delays={"waitingMs": 30_000, "cancelingMs": 30_000})

    def tearDown(self):
        calls = control("GET", "summary")["calls"].get(self.provider, {})
        self.done.update(operation for operation, answers in calls.items() if answers.keys() & {"200", "202"})

    @classmethod
    def tearDownClass(cls):
        if cls.done != cls.operations:
            raise AssertionError(f"{cls.__name__} had {sorted(cls.done)} done, not {sorted(cls.operations)}.")

    def seed(self, **request) -> list[dict[str, str]]:
        """Makes tasks; for each, all ids the vendor names it by."""
        answer = control("POST", "tasks", {"provider": self.provider, **request})
        return [task["ids"] for task in answer["tasks"]]

    def change_settings(self, **settings):
        control("PUT", "settings", {"provider": self.provider, **settings})

    def script_fault(self, **fault):
        control("POST", "faults", fault)

    def pass_time(self, minutes: float):
        control("POST", "clock", {"advanceMs": minutes * 60_000})

    def true_states(self) -> list[str]:
        return [task["state"] for task in control("GET", f"tasks?provider={self.provider}")["tasks"]]

    def effects(self) -> list[dict]:
        """What was really changed: operation, task, token and how often."""
        return control("GET", "summary")["effects"]
