//go:build tools

// Package tools pins the Temporal CLI that Quiesce builds when no ready binary can be had.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
