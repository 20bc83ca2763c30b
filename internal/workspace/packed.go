package workspace

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// packed tells which objects are in a folder of packs, by their indexes (gitformat-pack, version 2). Not for use by several goroutines.
type packed struct {
	indexes []*packIndex
	sum     int
}

type packIndex struct {
	file   *os.File
	fanout [256]uint32
	sums   [256][]byte // of the objects whose sum begins with that byte; nil until they are asked for
}

const fanoutAt = 8 // after magic number and version

func (d Dir) openPacked(sum int) (*packed, error) {
	p := &packed{sum: sum}
	names, err := d.packs()
	for _, name := range names {
		var x *packIndex
		if x, err = openPackIndex(filepath.Join(d.objects(), "pack", name+".idx")); err != nil {
			break
		}
		p.indexes = append(p.indexes, x)
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func openPackIndex(path string) (*packIndex, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, fanoutAt+256*4)
	if _, err = f.ReadAt(head, 0); err == nil && !bytes.HasPrefix(head, []byte("\xfftOc\x00\x00\x00\x02")) {
		err = errors.New("its version is not 2")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %q: %w", path, err), f.Close())
	}
	x := &packIndex{file: f}
	for i := range x.fanout {
		x.fanout[i] = binary.BigEndian.Uint32(head[fanoutAt+4*i:])
	}
	return x, nil
}

// Close lets go of the files.
func (p *packed) Close() (err error) {
	for _, x := range p.indexes {
		err = errors.Join(err, x.file.Close())
	}
	return err
}

// has reports whether an object is in one of the packs.
func (p *packed) has(sum []byte) (bool, error) {
	for _, x := range p.indexes {
		sums, err := x.bucket(sum[0], p.sum)
		if err != nil {
			return false, err
		}
		n := len(sums) / p.sum
		at := sort.Search(n, func(i int) bool { return bytes.Compare(sums[i*p.sum:(i+1)*p.sum], sum) >= 0 })
		if at < n && bytes.Equal(sums[at*p.sum:(at+1)*p.sum], sum) {
			return true, nil
		}
	}
	return false, nil
}

// hasAll is has of several, by their digits.
func (p *packed) hasAll(sums []string) (bool, error) {
	for _, text := range sums {
		sum, err := hex.DecodeString(text)
		if err != nil {
			return false, err
		}
		if found, err := p.has(sum); err != nil || !found {
			return false, err
		}
	}
	return true, nil
}

func (x *packIndex) bucket(first byte, sum int) ([]byte, error) {
	if x.sums[first] != nil {
		return x.sums[first], nil
	}
	from, to := uint32(0), x.fanout[first]
	if first > 0 {
		from = x.fanout[first-1]
	}
	if from > to {
		return nil, fmt.Errorf("%q is damaged", x.file.Name())
	}
	sums := make([]byte, int(to-from)*sum)
	if _, err := x.file.ReadAt(sums, fanoutAt+256*4+int64(from)*int64(sum)); err != nil && len(sums) > 0 {
		return nil, fmt.Errorf("read %q: %w", x.file.Name(), err)
	}
	x.sums[first] = sums
	return sums, nil
}
