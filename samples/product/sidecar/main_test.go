package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCountingTellsGoodAnswersFromFailedOnes(t *testing.T) {
	counter := &Counter{}
	handler := counter.Counting(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/fail" {
			response.WriteHeader(http.StatusBadGateway)
		}
	}))
	for _, path := range []string{"/", "/a", "/fail"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	answer := httptest.NewRecorder()
	counter.Metrics(answer, nil)
	for _, line := range []string{`{outcome="good"} 2`, `{outcome="failed"} 1`} {
		if !strings.Contains(answer.Body.String(), line) {
			t.Errorf("%q is not in %s", line, answer.Body)
		}
	}
}
