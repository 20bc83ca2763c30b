package store

import (
	"cmp"

	"golang.org/x/sync/errgroup"

	"banger/internal/model"
)

const vmColumns = "id, name, image_id, COALESCE(guest_ip, ''), state, created_at, updated_at, last_touched_at, " + documentColumns

// vmRow is a VM as its row has it: what is JSON is text still.
type vmRow struct {
	vm        model.VMRecord
	guestIP   string
	documents documents
}

func scanVM(row scanner) (*vmRow, error) {
	var r vmRow
	err := row.Scan(&r.vm.ID, &r.vm.Name, &r.vm.ImageID, &r.guestIP, &r.vm.State,
		timeColumn{&r.vm.CreatedAt}, timeColumn{&r.vm.UpdatedAt}, timeColumn{&r.vm.LastTouchedAt},
		&r.documents.spec, &r.documents.runtime, &r.documents.stats)
	return &r, damaged("VM", r.vm.Name, err)
}

func (r *vmRow) record() (model.VMRecord, error) {
	vm := r.vm
	err := cmp.Or(decode(r.documents.spec, &vm.Spec), decode(r.documents.runtime, &vm.Runtime), decode(r.documents.stats, &vm.Stats))
	vm.Runtime.GuestIP = cmp.Or(vm.Runtime.GuestIP, r.guestIP)
	return vm, damaged("VM", vm.Name, err)
}

// records turns rows into records. The JSON is half the work of a long list, and can be done on several CPUs at once.
func records(rows []*vmRow) ([]model.VMRecord, error) {
	const share = 1000 // rows for one goroutine
	vms := make([]model.VMRecord, len(rows))
	var group errgroup.Group
	for from := 0; from < len(rows); from += share {
		group.Go(func() (err error) {
			for i := from; i < min(from+share, len(rows)) && err == nil; i++ {
				vms[i], err = rows[i].record()
			}
			return err
		})
	}
	return vms, group.Wait()
}
