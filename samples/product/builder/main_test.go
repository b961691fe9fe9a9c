package main

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestImageOfIsTheSameForEqualSources(t *testing.T) {
	one, err := imageOf("resize", []byte("a"))
	if err != nil {
		t.Fatal(err)
	}
	same, _ := imageOf("resize", []byte("a"))
	other, _ := imageOf("resize", []byte("b"))
	if one != same || one == other || one.Repository != "functions/resize" || len(one.Tag) != 12 {
		t.Fatalf("%v %v %v", one, same, other)
	}
}

func TestImageOfRefusesNamesThatAreNoRepository(t *testing.T) {
	for _, bad := range []string{"", "Resize", "../resize", "1st", strings.Repeat("a", 41)} {
		if _, err := imageOf(bad, nil); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestBuildRefusesWhatIsTooLargeAndWhatIsNoPost(t *testing.T) {
	for status, body := range map[int][]byte{413: make([]byte, MaxSource+1), 200: []byte("func main() {}")} {
		answer := httptest.NewRecorder()
		build(answer, httptest.NewRequest("POST", "/build?name=resize", bytes.NewReader(body)))
		if answer.Code != status {
			t.Errorf("%d bytes: %d, wanted %d", len(body), answer.Code, status)
		}
	}
	answer := httptest.NewRecorder()
	build(answer, httptest.NewRequest("GET", "/build?name=resize", nil))
	if answer.Code != 405 || answer.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", answer.Code)
	}
}
