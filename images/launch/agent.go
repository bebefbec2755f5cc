package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/mosquitto-ha/mosquitto-ha/images/launch/internal/supervise"
)

const agentMain = "io.mosquittoha.agent.Main"

type agentSettings struct {
	java, folder, config, heap string
	extra                      []string // flags for the virtual machine
}

var heapSize = regexp.MustCompile(`^(1[6-9]|[2-9][0-9]|[1-9][0-9]{2,4})[mM]$|^[1-9][0-9]?[gG]$`)

func agentFlags(arguments []string) (agentSettings, error) {
	var s agentSettings
	set := flags("agent")
	set.StringVar(&s.java, "java", "/usr/lib/mosquitto-ha/runtime/bin/java", "the `program` that runs the agent")
	set.StringVar(&s.folder, "agent", "/usr/lib/mosquitto-ha/agent", "`folder` of the agent's jars")
	set.StringVar(&s.config, "config", "/mosquitto/config/agent.properties", "the agent's settings `file`")
	set.StringVar(&s.heap, "heap", "192m", "the most memory that the agent's heap may take, as a `size` like 192m")
	if err := set.Parse(arguments); err != nil {
		return s, err
	}
	if !heapSize.MatchString(s.heap) {
		return s, fmt.Errorf("--heap %q is no size of 16m or more: write one like 192m", s.heap)
	}
	s.extra = set.Args()
	for _, flag := range s.extra {
		if !strings.HasPrefix(flag, "-") {
			return s, fmt.Errorf("%q is no flag: after -- come flags for the virtual machine", flag)
		}
	}
	return s, nil
}

// command is the same for the same folder: the archive of loaded classes is only used with the class path, in its order,
// that it was made with.
func (s agentSettings) command() ([]string, error) {
	jars, err := filepath.Glob(filepath.Join(s.folder, "*.jar"))
	if err != nil {
		return nil, err
	}
	if len(jars) == 0 {
		return nil, fmt.Errorf("there is no jar in %s: this image has no agent", s.folder)
	}
	slices.Sort(jars)
	// A heap that begins small stays small while there is little to keep: the size that Java chooses would be filled with
	// rubbish first, 50 MB of it.
	command := []string{s.java, "-XX:+UseSerialGC", "-Xms16m", "-Xmx" + s.heap, "-Xss512k", "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED"}
	archive := filepath.Join(s.folder, "agent.jsa")
	switch _, err := os.Stat(archive); {
	case err == nil:
		// Where it does not fit (another java, say), the agent starts without it, more slowly.
		command = append(command, "-XX:SharedArchiveFile="+archive, "-Xshare:auto")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	command = append(command, s.extra...)
	return append(command, "-cp", strings.Join(jars, ":"), agentMain, s.config), nil
}

// agent runs the process that supervises a broker. It decides nothing: signals go on as they come.
func agent(arguments []string) (int, error) {
	s, err := agentFlags(arguments)
	if err != nil {
		return 2, err
	}
	command, err := s.command()
	if err != nil {
		return 1, err
	}
	told := signals()
	child, err := supervise.Start(command)
	if err != nil {
		return 1, err
	}
	for {
		select {
		case code := <-child.Exit():
			say(fmt.Sprintf("the agent ended with exit code %d", code))
			return code, nil
		case got := <-told:
			send(child, got.(syscall.Signal))
		}
	}
}
