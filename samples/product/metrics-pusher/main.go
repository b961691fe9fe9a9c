// Metrics-pusher brings the metrics of a sidecar to a gateway: once, or every interval.
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"example.com/product/version"
)

// MaxMetrics is the size of the most that is pushed at once, in bytes.
const MaxMetrics = 1 << 20

// push reads the metrics and hands them on unchanged.
func push(ctx context.Context, client *http.Client, from, to string) error {
	read, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(read)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", from, answer.Status)
	}
	metrics, err := io.ReadAll(io.LimitReader(answer.Body, MaxMetrics+1))
	if err != nil {
		return err
	}
	if len(metrics) > MaxMetrics {
		return fmt.Errorf("%s has more than %d bytes of metrics", from, MaxMetrics)
	}
	write, err := http.NewRequestWithContext(ctx, http.MethodPut, to, bytes.NewReader(metrics))
	if err != nil {
		return err
	}
	done, err := client.Do(write)
	if err != nil {
		return err
	}
	defer done.Body.Close()
	if done.StatusCode >= 300 {
		return fmt.Errorf("%s answered %s", to, done.Status)
	}
	return nil
}

func main() {
	if version.Asked() {
		return
	}
	client := &http.Client{Timeout: 10 * time.Second}
	for {
		if err := push(context.Background(), client, os.Getenv("METRICS_URL"), os.Getenv("GATEWAY_URL")); err != nil {
			log.Print(err)
		}
		time.Sleep(15 * time.Second)
	}
}
