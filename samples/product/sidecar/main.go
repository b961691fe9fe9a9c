// Sidecar stands before a function, hands its requests on and counts them.
package main

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"example.com/product/version"
)

// Counter counts answers by what became of them.
type Counter struct {
	good, failed atomic.Int64
}

type recorded struct {
	http.ResponseWriter
	status int
}

func (r *recorded) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Counting hands requests on to another handler and counts its answers; 500 and above have failed.
func (c *Counter) Counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		answer := &recorded{ResponseWriter: response, status: http.StatusOK}
		next.ServeHTTP(answer, request)
		if answer.status >= 500 {
			c.failed.Add(1)
		} else {
			c.good.Add(1)
		}
	})
}

// Metrics writes the counts in the text format of Prometheus.
func (c *Counter) Metrics(response http.ResponseWriter, _ *http.Request) {
	response.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintf(response, "# TYPE function_requests_total counter\n")
	fmt.Fprintf(response, "function_requests_total{outcome=\"good\"} %d\n", c.good.Load())
	fmt.Fprintf(response, "function_requests_total{outcome=\"failed\"} %d\n", c.failed.Load())
}

func main() {
	if version.Asked() {
		return
	}
	target, err := url.Parse(os.Getenv("FUNCTION_URL"))
	if err != nil || target.Host == "" {
		log.Fatal("FUNCTION_URL: the function's address, such as http://localhost:9000")
	}
	counter := &Counter{}
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", counter.Metrics)
	mux.Handle("/", counter.Counting(httputil.NewSingleHostReverseProxy(target)))
	server := &http.Server{Addr: ":8081", Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}
