// Package archive moves files and folders as tar streams between two sides that
// do not trust each other: the host and a guest. Both ends of "banger vm cp" are
// built from it.
//
// # What is copied
//
// Files, folders and symbolic links. A source that is itself a symbolic link is
// followed, as cp does; links below it are copied as links. Every name of a file
// with several hard links becomes a file of its own. Devices, pipes and sockets
// are left out and counted, and so is the content of /proc and /sys in a larger folder. Extended attributes and capabilities are never copied.
//
// Without Preserve, what is written belongs to whoever writes it, has the
// permission bits of the source less the writer's umask, and is new. With it,
// modes and times are the source's, and with Owners also owners and the setuid,
// setgid and sticky bits, which mean nothing apart from an owner.
//
// PackAll puts many sources into one stream, each under a name of its own, with the folders above it left to the other side. They are
// opened beforehand, in an os.Root that no link leads out of.
//
// # What is written
//
// Pack names the source itself "." and everything in it relative to that. Unpack
// writes all of it inside one os.Root. A name that is absolute or has ".." is
// refused. From a side that is not Trusted, a folder that is reached by a symbolic
// link is refused too, so that a link can be brought but never followed, and hard
// links are left out. Links are never written through: a file takes the place of one.
//
// A file is written under a temporary name and renamed, so that none is ever there
// in part; blocks of zeroes become holes. What is kept in memory does not
// grow with the stream, except for the names of the folders above the entry at hand.
package archive
