// Command sumdb checks a log in a folder with the original of Go's checksum database: its
// checkpoint with sumdb/note, its tiles, inclusion and consistency with sumdb/tlog.
//
// Usage: sumdb FOLDER VKEY COUNT. Prints how many proofs of each kind held.
package main

import (
	"fmt"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// folder reads tiles of height 8 under the paths of C2SP tlog-tiles.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range tiles {
		// tile/8/<level>/… is tile/<level>/… here.
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

// entry reads an entry from its bundle.
func (f folder) entry(index, size int64) []byte {
	bundle := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if size-bundle.N*256 < 256 {
		bundle.W = int(size - bundle.N*256)
	}
	path := "tile/entries/" + strings.TrimPrefix(bundle.Path(), "tile/8/0/")
	data, err := os.ReadFile(filepath.Join(string(f), path))
	must(err)
	for skip := index % 256; ; skip-- {
		length := int(data[0])<<8 | int(data[1])
		if skip == 0 {
			return data[2 : 2+length]
		}
		data = data[2+length:]
	}
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	f, count := folder(os.Args[1]), 0
	count, err := strconv.Atoi(os.Args[3])
	must(err)

	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	signed, err := os.ReadFile(filepath.Join(string(f), "checkpoint"))
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)

	// Reading through this checks every tile against the root.
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, f)
	chance := rand.New(rand.NewSource(1))
	for i := 0; i < count; i++ {
		index := chance.Int63n(size)
		proof, err := tlog.ProveRecord(size, index, hashes)
		must(err)
		must(tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(f.entry(index, size))))
	}
	for i := 0; i < count; i++ {
		older := chance.Int63n(size) + 1
		before, err := tlog.TreeHash(older, hashes)
		must(err)
		proof, err := tlog.ProveTree(size, older, hashes)
		must(err)
		must(tlog.CheckTree(proof, size, root, older, before))
	}
	fmt.Printf("%d inclusions, %d consistencies\n", count, count)
}
