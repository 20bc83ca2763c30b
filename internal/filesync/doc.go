// Package filesync finds the files of the user's home that the configuration wants in every guest ([[file_sync]]), and packs
// them for the guest's home.
//
// Which files those are is for the configuration alone to say, and for the daemon to read: no request names a file of the host's. A symbolic
// link is followed as far as it stays inside the home; what it leads to is opened in an os.Root, so that a link that is
// exchanged meanwhile leads nowhere else either. What is missing is told and left out. What is there and cannot be copied is an error.
//
// All files go in one stream and belong to root. They are written over what the guest has at each start; what the guest has beside
// them stays.
package filesync
