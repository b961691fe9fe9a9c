// A registry with the referrers API, for tests: go-containerregistry's, with its blobs on disk.
// It listens on loopback only.
package main

import (
	"flag"
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address on loopback")
	dir := flag.String("dir", "", "existing folder for the blobs")
	flag.Parse()
	handler := registry.New(
		registry.WithReferrersSupport(true),
		registry.WithBlobHandler(registry.NewDiskBlobHandler(*dir)),
		registry.Logger(log.New(os.Stdout, "", log.LstdFlags)),
	)
	log.Fatal(http.ListenAndServe(*listen, handler))
}
