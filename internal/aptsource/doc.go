// Package aptsource finds the entries of the Debian archive among the host's apt
// sources, so that kernels and images come from where the host's own packages
// come from: the same mirror, the same keys, the same proxy.
//
// It reads what apt reads: etc/apt/sources.list, etc/apt/sources.list.d/*.list
// (one line an entry) and *.sources (deb822 stanzas). It reads only; nothing is
// fetched and no program is started.
//
// An enabled "deb" entry belongs to the Debian archive when
//
//   - it is signed by one of Debian's own keyrings (Signed-By names a file
//     debian-archive-*); an entry with any other Signed-By is another vendor's;
//   - or, without Signed-By, the Release file that the host's apt has of it says
//     "Origin: Debian", which apt has verified;
//   - or, when apt has no Release file of it yet, it looks like the archive: a
//     folder named debian or debian-security in its path, a suite of Debian's
//     and only components of Debian's. Mirrors have all three.
//
// Left out, because they cannot be used or told apart: cdrom entries, flat
// repositories, and entries with a key written into the file itself.
//
// Formats: sources.list(5) and apt-secure(8) of apt 2.6 and 3.0.
package aptsource
