// No program: where the schemas of custom resources come from, for `npm run test:deploy`.
module quiesce.dev/tools/crds

go 1.26.4

require (
	github.com/kedacore/keda/v2 v2.21.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
)
