// Package workspace brings a repository into a guest, and the changes back. It is the
// only room that runs git, and runs in the daemon only.
//
// # In
//
// Inspect looks at the repository that a path lies in and lists what would go: a Plan. Stage makes a Base of it,
// a bare repository of banger's own in a folder of its own: the history that goes along as a pack, and every content that
// is not in that pack as a loose object. Send writes files and a .git made from the base into a guest, and notes the tree as
// it was sent. Preparing again sends the difference.
//
// # Out
//
// The base is the tree as it was sent, byte for byte. Export asks the guest for what has changed (listing.go), fetches
// that into a quarantine of objects beside the base (collect.go), and makes a tree of it (difference.go). Of the two trees come a patch (patch.go) or
// changes in the user's working tree: all of them or none, and none where a file is not as it was sent (survey.go, apply.go, place.go).
//
// A branch has the guest's own commits. The guest's git makes a pack of them and of one more for what is not committed, with an index and objects
// of its own (guestcommits.go). That pack goes no further than the quarantine. Once every path, mode and link that each commit brings has
// been looked at (commits.go, commits_check.go), a git of this host packs what the branch needs, and that pack is added to the user's
// repository (commits_install.go).
//
// What cannot be taken is left out and listed, with the reason: what an Export brings always applies. Only an Export that left nothing
// out counts when Look tells what would be lost.
//
// # Nobody is trusted
//
// Neither guest nor repository. Nothing that a guest sent is ever a git directory of a git on this host: contents
// become objects by our own hand, trees by names that have passed tree.CheckPath. In the user's repository git
// runs with a closed environment (see git.go) and only for what reads objects, references and the index; files of the working tree are
// read by us, through os.Root, so that no filter, text conversion or hook is ever asked.
package workspace
