// Package flight does one thing per key at a time, for everybody who wants it.
//
// Two commands that need the same image must not build it twice. The first caller
// of Do starts the work, those who come meanwhile with the same key wait for the same result:
//
//	var builds flight.Group[model.Image]
//	image, err := builds.Do(ctx, name, sink, func(ctx context.Context, sink progress.Sink) (model.Image, error) {
//		return build(ctx, name, sink)
//	})
//
// The work belongs to all who wait. It runs with the first caller's context values
// but not its cancellation. Each can leave by its own context, and then returns at
// once; when the last one leaves, the work's context is cancelled, and that one
// stays until the work has ended, so that nothing goes on unseen. Whoever comes in between waits
// for that end and then starts anew.
//
// Progress goes to everyone who waits; who joins late gets the newest event at
// once. A sink is not called any more when its Do has returned.
package flight
