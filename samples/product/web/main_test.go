package main

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPageIsServedAndRunsNoScript(t *testing.T) {
	answer := httptest.NewRecorder()
	page().ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	if answer.Code != 200 || !strings.Contains(answer.Body.String(), "<h1>Functions</h1>") {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	if policy := answer.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}
