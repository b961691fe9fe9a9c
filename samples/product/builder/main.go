// Builder says what the image of a function is called: its repository and the tag of its source.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"regexp"
	"time"

	"example.com/product/version"
)

// MaxSource is the size of the largest source that is taken, in bytes.
const MaxSource = 1 << 20

var name = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Image is the answer to a source.
type Image struct {
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
}

var errName = errors.New("name: 1 to 40 lower-case letters, digits and dashes, a letter first")

// imageOf names the image of a function by its source alone, so that equal sources share one image.
func imageOf(function string, source []byte) (Image, error) {
	if !name.MatchString(function) {
		return Image{}, errName
	}
	sum := sha256.Sum256(source)
	return Image{Repository: "functions/" + function, Tag: hex.EncodeToString(sum[:])[:12]}, nil
}

func build(response http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		response.Header().Set("Allow", http.MethodPost)
		http.Error(response, "POST a function's source", http.StatusMethodNotAllowed)
		return
	}
	source, err := io.ReadAll(http.MaxBytesReader(response, request.Body, MaxSource))
	if err != nil {
		http.Error(response, "the source is larger than 1 MiB", http.StatusRequestEntityTooLarge)
		return
	}
	image, err := imageOf(request.URL.Query().Get("name"), source)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	response.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(response).Encode(image)
}

func main() {
	if version.Asked() {
		return
	}
	http.HandleFunc("/build", build)
	server := &http.Server{Addr: ":8080", ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
