// Package agent is what runs inside a guest and does there what the host asks
// for over the guest link: run commands, configure the machine, say how it is, power it off.
//
// Agent knows nothing of machines. What differs between a real guest, where it is
// process 1 (package pid1), and the fake engine, where it is an ordinary process
// of the host, is behind the interface System. Running commands is the same and real in
// both.
//
// # A command
//
// It gets a session of its own, and with TTY a controlling terminal. Its user, home and
// shell come from the guest's /etc/passwd and /etc/group, read here and bounded. Its
// environment is, from weakest to strongest: defaults, Configure.Env, Exec.Env. A command
// without a slash is looked for in the PATH of that environment.
//
// What is refused and why: not_found (127) when there is no such file or its
// interpreter is missing, as shells have it; not_executable (126) for a folder, a missing
// permission, an unknown format.
//
// Signals go to the command's process group, or with a terminal to its foreground group.
// Standard input that the command does not want is dropped quietly.
//
// # The end of a command
//
// When the command's own process ends, what it wrote is delivered and then its
// exit. Processes that it left behind are not touched, so that it can start a daemon. If they
// hold its output open, their output is passed on for outputGrace more and then no longer; so
// "sh -c 'server &'" returns, unlike with ssh, as it does under docker.
//
// When the host closes the stream first, everything in the command's session gets SIGHUP and,
// killGrace later, SIGKILL. A detached command has no stream and is not ended. A
// time limit does the same with SIGTERM.
//
// # A copy
//
// Files come and go as package archive has it, as root and in the guest's own file systems. A relative path begins in the
// home of root, where a command would start.
//
// # A workspace
//
// tree_put writes what the host sends, each file whole or not at all, and then a record of it: how each file looked to lstat once it was
// written, with the sum that the host sent along, and how each folder did. A folder is noted as one that holds nothing else if the agent
// has made it, or if it still looked as noted before; so whoever adds something changes the times of a folder, and whoever
// edits something those of a file. That is what makes tree_changes quick: where nothing looks changed it reads no file and
// starts no git. Times are compared to the nanosecond and the change time is among them, which nobody can set; a put ends in a later
// tick of the clock than its last write, so that no change hides in the same one.
//
// tree_changes reads what looks changed and compares sums. It asks the guest's git for names if some folder may hold something
// new, for HEAD if git's folder has changed, and walks where git is no help. Submodules are asked for themselves; one that
// came as plain files is looked at with its own ignore files. Nothing is written, not even an index. No way below the
// workspace follows a link.
//
// While a put runs, and when it was cut off, the record is that of before, under another name: the workspace is torn.
//
// # Being configured
//
// Configure gives a generic guest its name, time and randomness, and answers with what the guest found out about itself
// (guestlink.SelfTest): the System's examination, whether a Fresh guest has ssh host keys of its own, and
// whether the hooks of one that was Forked (guestlink.HooksDir) went well. The agent reports; the host judges.
//
// # The process
//
// The agent reaps every child of its process, also those that it did not start: as process 1
// that is its duty, elsewhere it makes itself the reaper of its descendants. A process with an agent in it must
// wait for no child by other means.
package agent
