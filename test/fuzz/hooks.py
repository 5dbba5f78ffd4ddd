"""What schemathesis does not know of itself; loaded by schemathesis.toml."""

import json
import os
import re

import schemathesis

STACK_TRACE = re.compile(r"\bat .*\.(?:js|ts|mjs|cjs):\d+")
WAIT = re.compile(r"^\s*([\d.]+)\s*(ms|s|m)\s*$")
UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000}
LONGEST_WAIT_MS = 60_000
IS_STRANGER = os.environ["QUIESCE_FUZZ_AUTHORIZATION"] == ""


@schemathesis.check
def no_stack_trace(ctx, response, case):
    """No answer tells of our insides."""
    found = STACK_TRACE.search(response.text)
    assert found is None, f"The answer holds a stack trace: {found.group()}"


@schemathesis.check
def is_a_problem(ctx, response, case):
    """Every error is a problem detail with a stable type, and says its own status (RFC 9457)."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    problem = response.json()
    assert problem["type"].startswith("urn:quiesce:problem:"), f"no type of ours: {problem['type']}"
    assert problem["status"] == response.status_code, f"it says {problem['status']}"


@schemathesis.check
def refuses_strangers(ctx, response, case):
    """Whoever shows no credential is refused before anything else of a request is looked at."""
    if not IS_STRANGER or case.operation.definition.raw.get("security") == []:
        return
    # What no route is at, or no request can be read from, is told to everybody.
    assert response.status_code in (401, 404, 405, 431), f"A stranger was answered {response.status_code}."


@schemathesis.serializer("application/x-ndjson", "text/csv")
def list_of_targets(context, value):
    """As text. The examples of the description are of a connection that there is not; these are of one that there is."""
    text = value if isinstance(value, str) else json.dumps(value)
    text = re.sub(r"provider://prod/[\w-]+", os.environ["QUIESCE_FUZZ_TASK"], text)
    return {"data": re.sub(r"\bprod\b", os.environ["QUIESCE_FUZZ_CONNECTION"], text).encode()}


@schemathesis.hook
def before_call(context, case, kwargs):
    """A long poll for what never ends would take the time of a hundred other requests; one that is refused stays as it is."""
    wait = WAIT.match(str((case.query or {}).get("wait", "")))
    if wait and 300 < float(wait.group(1)) * UNIT_MS[wait.group(2)] <= LONGEST_WAIT_MS:
        case.query["wait"] = "300ms"
