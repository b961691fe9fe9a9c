// Reads every tag's manifest and configuration of some repositories, some at once, and counts the labels: what the
// command `labels` is measured against.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// As many as the command reads at once of one registry.
const atOnce = 16

func main() {
	puller, err := remote.NewPuller()
	if err != nil {
		log.Fatal(err)
	}
	var labels int64
	var wait sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for _, text := range os.Args[1:] {
		repository, err := name.NewRepository(text, name.Insecure)
		if err != nil {
			log.Fatal(err)
		}
		tags, err := remote.List(repository, remote.Reuse(puller))
		if err != nil {
			log.Fatal(err)
		}
		for _, tag := range tags {
			if strings.HasPrefix(tag, "sha256-") {
				continue
			}
			wait.Add(1)
			room <- struct{}{}
			go func(reference name.Reference) {
				defer wait.Done()
				defer func() { <-room }()
				image, err := remote.Image(reference, remote.Reuse(puller))
				if err != nil {
					log.Fatal(err)
				}
				config, err := image.ConfigFile()
				if err != nil {
					log.Fatal(err)
				}
				atomic.AddInt64(&labels, int64(len(config.Config.Labels)))
			}(repository.Tag(tag))
		}
	}
	wait.Wait()
	fmt.Println(labels)
}
