"""As `python -m unittest -v FILE...`, but for how it ends.

A thread of temporalio's that is about to let go of the interpreter aborts one that shuts down meanwhile, with the tests
long passed: https://github.com/temporalio/sdk-python/issues/300. So nothing is shut down.
"""

import os
import sys
import unittest

tests = unittest.main(module=None, argv=[sys.argv[0], "-v", *sys.argv[1:]], exit=False)
sys.stdout.flush()
sys.stderr.flush()
os._exit(0 if tests.result.wasSuccessful() else 1)
