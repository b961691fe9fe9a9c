package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func TestPushHandsMetricsOnUnchanged(t *testing.T) {
	var got string
	from := serve(t, func(response http.ResponseWriter, _ *http.Request) { io.WriteString(response, "requests 3\n") })
	to := serve(t, func(_ http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		got = request.Method + " " + string(body)
	})
	if err := push(context.Background(), http.DefaultClient, from, to); err != nil || got != "PUT requests 3\n" {
		t.Fatalf("%v %q", err, got)
	}
}

func TestPushSaysWhoRefused(t *testing.T) {
	good := serve(t, func(http.ResponseWriter, *http.Request) {})
	bad := serve(t, func(response http.ResponseWriter, _ *http.Request) { response.WriteHeader(503) })
	large := serve(t, func(response http.ResponseWriter, _ *http.Request) {
		io.WriteString(response, strings.Repeat("x", MaxMetrics+1))
	})
	for name, run := range map[string][2]string{"answered 503": {bad, good}, "more than": {large, good}} {
		err := push(context.Background(), http.DefaultClient, run[0], run[1])
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), run[0]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := push(context.Background(), http.DefaultClient, good, bad); err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("%v", err)
	}
}
