// Package server is the shim: the process that supervises one machine, started as
// "bangerd shim LAUNCHFILE" and described in package shim.
//
// Its life is a straight line (Run): take the folder's lock, open everything,
// start the engine and the guest's network, listen, greet the guest's agent, say that it is ready, serve
// until the engine is gone, write down how it ended. Whatever goes wrong on the
// way ends the engine and is reported to the starter, with a line in exit.json.
//
// Of what the guest says it parses the greeting, the answers of the agent that it asks for itself, and the frames of the guest's
// wire, which end here (package network). A stream between a client and the guest is bytes that it copies.
package server
