package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"banger/internal/model"
	"banger/internal/problem"
)

const imageColumns = `id, name, managed, artifact_dir, rootfs_path, COALESCE(work_seed_path, ''), kernel_path, initrd_path,
	modules_dir, build_size, COALESCE(seeded_ssh_public_key_fingerprint, ''), docker, created_at, updated_at`

func scanImage(row scanner) (i model.Image, err error) {
	err = row.Scan(&i.ID, &i.Name, &i.Managed, &i.ArtifactDir, &i.RootfsPath, &i.WorkSeedPath, &i.KernelPath, &i.InitrdPath,
		&i.ModulesDir, &i.BuildSize, &i.SeededSSHPublicKeyFingerprint, &i.Docker, timeColumn{&i.CreatedAt}, timeColumn{&i.UpdatedAt})
	return i, damaged("image", i.Name, err)
}

const upsertImage = `INSERT INTO images (id, name, managed, artifact_dir, rootfs_path, work_seed_path, kernel_path, initrd_path,
	modules_dir, build_size, seeded_ssh_public_key_fingerprint, docker, created_at, updated_at)
VALUES (?, ?, ?, ?, ?, NULLIF(?, ''), ?, ?, ?, ?, NULLIF(?, ''), ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, managed = excluded.managed, artifact_dir = excluded.artifact_dir,
	rootfs_path = excluded.rootfs_path, work_seed_path = excluded.work_seed_path, kernel_path = excluded.kernel_path,
	initrd_path = excluded.initrd_path, modules_dir = excluded.modules_dir, build_size = excluded.build_size,
	seeded_ssh_public_key_fingerprint = excluded.seeded_ssh_public_key_fingerprint, docker = excluded.docker,
	updated_at = excluded.updated_at`

// UpsertImage writes an image. One that has the id already keeps its creation time.
// A name that another image has is a problem.Taken.
func (s *Store) UpsertImage(ctx context.Context, i model.Image) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		if err := nameIsFree(ctx, tx, "image", i.ID, i.Name); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, upsertImage, i.ID, i.Name, i.Managed, i.ArtifactDir, i.RootfsPath, i.WorkSeedPath,
			i.KernelPath, i.InitrdPath, i.ModulesDir, i.BuildSize, i.SeededSSHPublicKeyFingerprint, i.Docker,
			formatTime(i.CreatedAt), formatTime(i.UpdatedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("record image %.64q: %w", i.Name, err)
	}
	return nil
}

// Image finds an image by its id.
func (s *Store) Image(ctx context.Context, id string) (model.Image, error) {
	i, err := queryOne(ctx, s.read, scanImage, "SELECT "+imageColumns+" FROM images WHERE id = ?", id)
	return i, missing("image", id, err)
}

// ImageByName finds an image by its exact name.
func (s *Store) ImageByName(ctx context.Context, name string) (model.Image, error) {
	i, err := queryOne(ctx, s.read, scanImage, "SELECT "+imageColumns+" FROM images WHERE name = ?", name)
	return i, missing("image", name, err)
}

// Images returns all images, oldest first.
func (s *Store) Images(ctx context.Context) ([]model.Image, error) {
	images, err := query(ctx, s.read, scanImage, "SELECT "+imageColumns+" FROM images")
	if err != nil {
		return nil, fmt.Errorf("list the images: %w", err)
	}
	slices.SortFunc(images, func(a, b model.Image) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return images, nil
}

// DeleteImage removes an image's row. One that VMs or snapshots use is a problem.Conflict.
func (s *Store) DeleteImage(ctx context.Context, id string) error {
	err := s.change(ctx, func(tx *sql.Tx) error {
		users, err := query(ctx, tx, scanText, "SELECT name FROM vms WHERE image_id = ? ORDER BY name", id)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return inUse("VMs", users)
		}
		if users, err = query(ctx, tx, scanText, "SELECT name FROM snapshots WHERE image_id = ? ORDER BY name", id); err != nil {
			return err
		}
		if len(users) > 0 {
			return inUse("snapshots", users)
		}
		return deleteRow(ctx, tx, "DELETE FROM images WHERE id = ?", id)
	})
	return missing("image", id, err)
}

func inUse(what string, users []string) error {
	const most = 10
	names := strings.Join(users[:min(len(users), most)], ", ")
	if len(users) > most {
		names += fmt.Sprintf(" and %d more", len(users)-most)
	}
	return problem.New(problem.Conflict, "%s use it: %s", what, names).WithRemedy("delete them first")
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

func deleteRow(ctx context.Context, tx *sql.Tx, text, id string) error {
	result, err := tx.ExecContext(ctx, text, id)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, ErrNotFound)
	}
	return nil
}

// nameIsFree refuses a name that another row of the table has. It must be asked within the
// transaction that writes the row.
func nameIsFree(ctx context.Context, tx *sql.Tx, what, id, name string) error {
	var taken bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+what+"s WHERE name = ? AND id <> ?)", name, id).Scan(&taken)
	if err == nil && taken {
		return problem.New(problem.Taken, "there is one of that name already").
			WithRemedy("choose another name; banger %s list shows those in use", what)
	}
	return err
}
