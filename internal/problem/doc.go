// Package problem is the error that a user can meet: it has a stable code, for
// scripts, and a remedy, for people.
//
// Rooms wrap errors in the usual way (fmt.Errorf with %w) and use a problem where
// the cause is known well enough to tell the user what to do:
//
//	return problem.New(problem.NotFound, "no image is called %q", name).
//		WithRemedy("banger image list shows what there is")
//
// CodeOf and RemedyOf find the outermost problem in a chain. The daemon turns the code into an
// HTTP status and both into problem+json; the command line prints the message
// and, below it, the remedy.
package problem
