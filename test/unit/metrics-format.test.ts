import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inFormat } from '../../telemetry/metrics-format.js';

const TEXT = `# HELP calls_total Calls, "made" so far.
# TYPE calls_total counter
calls_total{operation="total",le="x"} 3

# HELP odd A counter of another name.
# TYPE odd counter
odd 1
# TYPE took_seconds histogram
took_seconds_bucket{call="a",le="0.5"} 1
took_seconds_bucket{call="a",le="10"} 2
took_seconds_bucket{call="a",le="+Inf"} 2
took_seconds_sum{call="a"} 1.5
took_seconds_count{call="a"} 2
# A remark.
# TYPE other untyped
other 1
`;

const OPENMETRICS = `# HELP calls Calls, \\"made\\" so far.
# TYPE calls counter
calls_total{operation="total",le="x"} 3
# HELP odd A counter of another name.
# TYPE odd counter
odd_total 1
# TYPE took_seconds histogram
took_seconds_bucket{call="a",le="0.5"} 1
took_seconds_bucket{call="a",le="10.0"} 2
took_seconds_bucket{call="a",le="+Inf"} 2
took_seconds_sum{call="a"} 1.5
took_seconds_count{call="a"} 2
# TYPE other unknown
other 1
# EOF
`;

describe('the format of metrics', () => {
  it('is OpenMetrics', () => {
    const { contentType, text } = inFormat(TEXT, undefined);
    assert.equal(contentType, 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    assert.equal(text, OPENMETRICS);
  });

  it("is Prometheus' text for who likes that better", () => {
    const isText = (accept: string) => inFormat(TEXT, accept).text === TEXT;
    // Prometheus 2.50, 3 and 2.0, curl, a browser.
    const asked = [
      [
        'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
        false,
      ],
      [
        'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
        false,
      ],
      [
        'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3',
        true,
      ],
      ['*/*', false],
      ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
      ['text/plain', true],
      ['Text/Plain; version=0.0.4; q=0.9, application/*; q=0.5', true],
      ['text/plain;q=0, */*', false],
      ['', false],
    ] as const;
    for (const [accept, expected] of asked) assert.equal(isText(accept), expected, accept);
    assert.match(inFormat(TEXT, 'text/plain').contentType, /^text\/plain; version=0\.0\.4/);
  });
});
