// Web serves the page of the product.
package main

import (
	"embed"
	"log"
	"net/http"
	"time"

	"example.com/product/version"
)

//go:embed index.html
var files embed.FS

func page() http.Handler {
	files := http.FileServer(http.FS(files))
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		response.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		response.Header().Set("X-Content-Type-Options", "nosniff")
		files.ServeHTTP(response, request)
	})
}

func main() {
	if version.Asked() {
		return
	}
	server := &http.Server{Addr: ":8082", Handler: page(), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
