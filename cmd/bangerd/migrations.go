package main

import (
	"context"
	"fmt"
	"os"

	"banger/internal/paths"
	"banger/internal/store"
)

// checkMigrations tells whether this version can work with the database. It changes
// nothing; its exit status is the store.SchemaState.
func checkMigrations() int {
	p, err := paths.Resolve(os.Getenv, os.Getuid())
	if err != nil {
		fail(err)
		return int(store.Incompatible)
	}
	state, err := store.CheckMigrations(context.Background(), p.Database())
	switch state {
	case store.Compatible:
		fmt.Println("the database fits this version")
	case store.MigrationsNeeded:
		fmt.Println("the daemon makes the database, or brings it to this version and keeps a copy of the older one")
	default:
		fail(err)
	}
	return int(state)
}
