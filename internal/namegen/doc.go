// Package namegen makes names for things that were given none, and says which
// names are allowed.
//
// A name is 1 to 63 of a-z, 0-9 and hyphen, with no hyphen at either end: a DNS
// label (RFC 1123), because a VM's name is its guest's host name. A name is never
// altered to make it fit; ValidName refuses it instead. New gives two words, such
// as "quiet-otter"; it does not know which names are taken, so a caller who is
// told so by the store asks again.
package namegen
