package disk

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// TreeSize is what all files below a folder take on the disk together, in bytes. A folder that is not there takes nothing, nor
// does what goes away meanwhile.
func TreeSize(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var size int64
			size, err = Allocated(path)
			sum += size
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return sum, err
}
