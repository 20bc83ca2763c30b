// Package process names a process so that the name can be kept in a file and
// still mean the same process after this program has been restarted.
//
// A pid alone is used again by the kernel. An ID therefore also holds when the
// process started, in clock ticks since boot (field 22 of /proc/PID/stat, see
// proc_pid_stat(5)), and the id of that boot of the host (boot_id, see random(4)).
// An ID whose process has ended never matches another one.
//
//	id, err := process.Of(cmd.Process.Pid)  // once, right after the start
//	err = id.Signal(unix.SIGTERM)           // reaches that process or nobody
//	err = id.Wait(ctx)                      // returns when it has ended
//
// Signal and Wait go through a pidfd (pidfd_open(2), Linux 5.10 or newer) that is opened first and
// checked afterwards: from then on the descriptor holds the process, and no reuse
// of its pid can come between. Whoever asks for a process that is gone gets
// os.ErrProcessDone.
//
// A process that has ended but was not yet waited for by its parent counts as
// ended everywhere here.
package process
