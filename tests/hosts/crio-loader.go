// SPDX-License-Identifier: Apache-2.0

// Adds to the config.json on stdin what CRI-O would, called as CRI-O calls its loader of hooks:
//
//	crio-loader DIRECTORY... <config.json >config.json.new
//
// CRI-O gives the loader the annotations of pod and container, before it adds its own.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"go.podman.io/common/pkg/hooks"
)

func main() {
	log.SetFlags(0)
	loader, err := hooks.New(context.Background(), os.Args[1:], []string{})
	if err != nil {
		log.Fatal(err)
	}

	var config specs.Spec
	if err := json.NewDecoder(os.Stdin).Decode(&config); err != nil {
		log.Fatal(err)
	}
	annotations := map[string]string{}
	for key, value := range config.Annotations {
		if !strings.HasPrefix(key, "io.kubernetes.cri-o.") {
			annotations[key] = value
		}
	}
	if _, err := loader.Hooks(&config, annotations, true); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(config); err != nil {
		log.Fatal(err)
	}
}
