// Package rules holds the tests that keep the house in order: who may import
// whom, who may start programs, and what source code and documents must not hold.
//
// The layer table is not here: it stands in docs/architecture.md, between two
// marker comments, and the test reads it there, so that the page cannot be wrong.
// Every rule is also run against a sample that breaks it.
package rules
