// Package child runs an engine's process: the part that is the same for every
// engine, whatever it is that runs.
//
// A Process is started by a thread that lives as long as it does, because the
// parent-death signal belongs to the thread that forked: when this program dies,
// however it dies, the engine dies with it. It gets an environment, a user and
// descriptors of its own, and / as its folder.
//
// What the process prints is the word of an enemy, for a guest may have taken it
// over: it is bounded, and LastWords gives it without control characters.
package child
