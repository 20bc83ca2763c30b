package doctor

import (
	"context"
	"maps"

	"banger/internal/model"
	"banger/internal/store"
)

// records are what the database has.
type records struct {
	images    []model.Image
	vms       map[string]bool // by id
	snapshots []model.Snapshot
}

// records reads the database; where there is none there are no records.
func (h *host) records(ctx context.Context) (r records, err error) {
	if !h.has(h.paths.Database()) {
		return r, nil
	}
	db, err := store.OpenReadOnly(ctx, h.paths.Database())
	if err != nil {
		return r, err
	}
	defer db.Close()
	if r.images, err = db.Images(ctx); err != nil {
		return r, err
	}
	vms, err := db.VMs(ctx)
	if err != nil {
		return r, err
	}
	r.vms = map[string]bool{}
	for _, vm := range vms {
		r.vms[vm.ID] = true
	}
	// An older version's database has no table of snapshots.
	if state, err := db.InspectSchemaState(ctx); err != nil || state != store.Compatible {
		return r, err
	}
	r.snapshots, err = db.Snapshots(ctx)
	return r, err
}

// owned tells the ids of VMs, images and snapshots.
func (r records) owned() map[string]bool {
	ids := map[string]bool{}
	maps.Copy(ids, r.vms)
	for _, image := range r.images {
		ids[image.ID] = true
	}
	for _, s := range r.snapshots {
		ids[s.ID] = true
	}
	return ids
}

// unknown is the row of what only the database can tell.
func unknown() []Row {
	return warned("not known while the database cannot be read", "see the row of the database")
}
