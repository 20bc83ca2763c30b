// Package cli is the command line of banger. It resolves flags and defaults into
// requests, sends them with package client, and prints what comes back.
//
// A new command stands in sections, by what one wants to do with it, and its exit statuses in the table of exits_test.go. Its Long
// begins with what it does, in one sentence, and says what it does not and which command does that.
//
// One file a command: newXCommand builds it, xOptions holds its flags, runX does
// it. Run is the whole program; it touches nothing of the process that is not in its
// Process, so tests run it in their own.
//
// What takes long is done in watch or runBatch, which show its progress; style says what a stream can show. What is typed
// amiss is explained by the files slip_*.go.
//
// Standard output carries results and nothing else; notices and progress go to
// standard error. Text that a guest, an image or the daemon said passes through
// plain before a terminal sees it.
//
// Exit statuses: run and exec give the guest command's own, 128+N when signal N
// ended it or ended this program before it ran, 127 and 126 when it does not exist or cannot be run,
// 124 when --timeout ended it, and 125 for every failure of banger's own, wrong usage
// included. Every other command gives 0, 1 when it failed and 2 when it was used wrongly.
package cli
