package resolver

import (
	"slices"
	"time"
)

// cutoff is the time until which at least an eighth of what is full ends, so that room is seldom made.
func cutoff(untils []time.Time) time.Time {
	slices.SortFunc(untils, time.Time.Compare)
	return untils[len(untils)/8]
}
