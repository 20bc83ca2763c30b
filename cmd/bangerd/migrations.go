package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"banger/internal/paths"
	"banger/internal/store"
)

// The exit statuses of --check-migrations.
const (
	schemaCompatible   = 0
	schemaOlder        = 1
	schemaIncompatible = 2
)

// checkMigrations tells whether this version can work with the database. It changes nothing.
func checkMigrations() int {
	p, err := paths.Resolve(os.Getenv, os.Getuid())
	if err != nil {
		fail(err)
		return schemaIncompatible
	}
	if _, err := os.Stat(p.Database()); errors.Is(err, fs.ErrNotExist) {
		fmt.Println("there is no database yet; the daemon makes one")
		return schemaOlder
	}
	db, err := store.OpenReadOnly(context.Background(), p.Database())
	if err != nil {
		fail(err)
		return schemaIncompatible
	}
	defer db.Close()
	state, err := db.InspectSchemaState(context.Background())
	if err != nil {
		fail(err)
		return schemaIncompatible
	}
	switch state {
	case store.Compatible:
		fmt.Println("the database fits this version")
		return schemaCompatible
	case store.MigrationsNeeded:
		fmt.Println("the database is of an older version; the daemon migrates it, and keeps a copy")
		return schemaOlder
	}
	fmt.Println("the database is of a newer version, or another program's")
	return schemaIncompatible
}
