// Package paths says where banger's files are: in which folders, by what names.
// No other room makes up a place.
//
//	          users                         root
//	State     $XDG_STATE_HOME/banger        /var/lib/banger     what must not be lost
//	Cache     $XDG_CACHE_HOME/banger        /var/cache/banger   what can be made anew
//	Runtime   $XDG_RUNTIME_DIR/banger       /run/banger         sockets
//	Config    $XDG_CONFIG_HOME/banger/config.toml, for both
//
// Without those variables the XDG base directory specification's own defaults
// count, below the home folder. BANGER_STATE_DIR, BANGER_CACHE_DIR and
// BANGER_RUNTIME_DIR name the folders themselves, BANGER_CONFIG the file; what is
// relative is taken from the current folder. A state folder set that way holds its
// own runtime folder unless that is set too, so that daemons with different state
// folders never meet. So does a state folder of a user who has no session with
// a runtime folder of his own; nothing of banger's is ever below /tmp by default.
//
// Secure makes one of these folders, or checks that nobody else can have made it or
// can reach into it.
package paths
