// Package harness drives banger's own programs for the end-to-end tests and the
// benchmark: it builds them, gives each run folders of its own, and knows
// afterwards whether anything was left behind.
//
//   - Build makes the three programs in a folder, the agent embedded, without
//     touching the source tree.
//   - Seed makes the default kernel and image once, with banger itself, and keeps
//     them under BANGER_TEST_CACHE (else the user's cache folder). The key is the
//     source of the rooms that make them, so a change makes them anew.
//   - NewHost gives a "host": state, cache, runtime and home folders under one
//     temporary folder. Hosts do not see each other.
//   - StartInternet stands an internet up in a network namespace, which a host can
//     Join, and tells what has come out of that host.
//   - Adopt makes this process the parent of every orphan among its descendants.
//     Daemons, supervisors and engines leave their sessions and clear their
//     environment, but none can leave this; so Left finds whatever is left.
package harness
