"""Prometheus' own Python parsers against what a Worker and the HTTP service show."""

import json
import os
import unittest
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

URLS: dict[str, str] = json.loads(os.environ["QUIESCE_METRICS"])
OURS = {"worker": "quiesce_worker_cpu_milliseconds", "api": "quiesce_work_readable"}


def scrape(url: str, accept: str) -> tuple[str, str]:
    request = urllib.request.Request(url, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers["content-type"], answer.read().decode()


class PrometheusClient(unittest.TestCase):
    def test_reads_both_formats_and_the_same_in_both(self):
        for who, url in URLS.items():
            with self.subTest(who):
                kind, text = scrape(url, "application/openmetrics-text; version=1.0.0, text/plain; q=0.5")
                self.assertEqual(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8")
                families = {family.name: family for family in parse_openmetrics(text)}
                self.assertIn(OURS[who], families)
                self.assertIn("histogram", {family.type for family in families.values()})

                kind, text = scrape(url, "text/plain")
                self.assertRegex(kind, r"^text/plain; version=0\.0\.4")
                later = {family.name: family.type for family in parse_text(text)}
                self.assertEqual({name: later.get(name) for name in families},
                                 {name: family.type for name, family in families.items()})
