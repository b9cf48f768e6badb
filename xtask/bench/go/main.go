// Command gobench times operations of the Go CDI library for `cargo xtask bench cdi`. It takes the
// same arguments as the Rust program `cdi` beside it and prints the same line: the samples in
// nanoseconds and the peak memory of the process in KiB. The statistics are made in one place, for
// both.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	oci "github.com/opencontainers/runtime-spec/specs-go"
	"tags.cncf.io/container-device-interface/pkg/cdi"
)

type result struct {
	Ns      []int64 `json:"ns"`
	PeakKiB int64   `json:"peak_kib"`
}

func main() {
	if len(os.Args) < 2 {
		fail("usage: gobench OPERATION ARGS…")
	}
	args := os.Args[2:]
	samples, err := run(os.Args[1], args)
	if err != nil {
		fail(err.Error())
	}
	peak, err := peakKiB()
	if err != nil {
		fail(err.Error())
	}
	line, err := json.Marshal(result{Ns: samples, PeakKiB: peak})
	if err != nil {
		fail(err.Error())
	}
	fmt.Println(string(line))
}

func run(op string, args []string) ([]int64, error) {
	switch {
	case op == "nothing":
		return []int64{}, nil
	case op == "load" && len(args) == 2:
		return load(args[0], args[1])
	case op == "inject" && len(args) == 4:
		return inject(args[0], args[1], args[2], strings.Split(args[3], ","))
	case op == "refresh" && len(args) == 2:
		return refresh(args[0], args[1], false)
	case op == "watched" && len(args) == 2:
		return refresh(args[0], args[1], true)
	case op == "visible" && len(args) == 4:
		return visible(args[0], args[1], args[2], args[3])
	case op == "resolve" && len(args) == 2:
		return resolve(args[0], args[1])
	}
	return nil, fmt.Errorf("no operation %s with %d arguments", op, len(args))
}

// peakKiB is the peak memory of this process. Getrusage would count that of the process which started it.
func peakKiB() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			return strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(rest, " kB")), 10, 64)
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/self/status")
}

// load ROUNDS DIR: a cache of its own each time, as a new process makes it.
func load(rounds, dir string) ([]int64, error) {
	return times(rounds, func() (func() error, error) {
		return func() error {
			cache, err := manual(dir)
			if err == nil && len(cache.ListDevices()) == 0 {
				err = fmt.Errorf("no devices in %s", dir)
			}
			return err
		}, nil
	})
}

// inject ROUNDS DIR CONFIG DEVICE,…: the cache is warm, the container's configuration parsed.
func inject(rounds, dir, config string, devices []string) ([]int64, error) {
	cache, err := manual(dir)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	return times(rounds, func() (func() error, error) {
		spec := &oci.Spec{}
		if err := json.Unmarshal(text, spec); err != nil {
			return nil, err
		}
		return func() error {
			_, err := cache.InjectDevices(spec, devices...)
			return err
		}, nil
	})
}

// refresh ROUNDS DIR, watched ROUNDS DIR: nothing has changed.
func refresh(rounds, dir string, watch bool) ([]int64, error) {
	cache, err := cdi.NewCache(cdi.WithSpecDirs(dir), cdi.WithAutoRefresh(watch))
	if err != nil {
		return nil, err
	}
	return times(rounds, func() (func() error, error) {
		return cache.Refresh, nil
	})
}

// visible ROUNDS DIR FILE DEVICE: from the rename of a copy of FILE, which lies in the watched DIR
// under a temporary name as atomic writers leave it, until the cache knows its DEVICE.
func visible(rounds, dir, file, device string) ([]int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	target := filepath.Join(dir, filepath.Base(file))
	temporary := target + ".tmp"
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return nil, err
	}
	defer os.Remove(temporary)
	defer os.Remove(target)
	cache, err := cdi.NewCache(cdi.WithSpecDirs(dir))
	if err != nil {
		return nil, err
	}
	wait := func(there bool) error {
		deadline := time.Now().Add(20 * time.Second)
		for (cache.GetDevice(device) != nil) != there {
			if time.Now().After(deadline) {
				return fmt.Errorf("%s is still %t", device, !there)
			}
			time.Sleep(20 * time.Microsecond)
		}
		return nil
	}
	return times(rounds, func() (func() error, error) {
		if err := os.Rename(target, temporary); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if err := wait(false); err != nil {
			return nil, err
		}
		return func() error {
			if err := os.Rename(temporary, target); err != nil {
				return err
			}
			return wait(true)
		}, nil
	})
}

// resolve DIR DEVICE: all that a process does which lives for one request.
func resolve(dir, device string) ([]int64, error) {
	cache, err := manual(dir)
	if err != nil {
		return nil, err
	}
	if _, err := cache.InjectDevices(&oci.Spec{}, device); err != nil {
		return nil, err
	}
	return []int64{}, nil
}

func manual(dir string) (*cdi.Cache, error) {
	return cdi.NewCache(cdi.WithSpecDirs(dir), cdi.WithAutoRefresh(false))
}

// times runs what `prepare` returns that often, and times it without `prepare`.
func times(rounds string, prepare func() (func() error, error)) ([]int64, error) {
	count, err := strconv.Atoi(rounds)
	if err != nil {
		return nil, err
	}
	samples := make([]int64, 0, count)
	for range make([]struct{}, count) {
		work, err := prepare()
		if err != nil {
			return nil, err
		}
		start := time.Now()
		if err := work(); err != nil {
			return nil, err
		}
		samples = append(samples, time.Since(start).Nanoseconds())
	}
	return samples, nil
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "gobench: "+message)
	os.Exit(1)
}
