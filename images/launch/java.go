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

// application is one of the project's Java programs, and how its image starts it.
type application struct {
	name, title, main string
	folder, config    string // of its jars, and the file that it is given
	heap              string
	flags             []string // for the virtual machine
}

var agentApplication = application{
	name: "agent", title: "the agent", main: "io.mosquittoha.agent.Main",
	folder: "/usr/lib/mosquitto-ha/agent", config: "/mosquitto/config/agent.properties", heap: "192m",
	flags: []string{"-Xms16m", "-Xss512k"},
}

// Nothing in it runs so hot that the second compiler would earn the memory that it takes.
// Pages leave much garbage and keep little, so its young part stays small: 10 MiB less are ever touched.
// The old part has to begin larger than the objects of the archive of classes: with 4 MiB, virtual machines end instead of starting without it.
// The library of SQLite lies beside the jars: taken out of its jar at each start, it would be written to a volume that is small.
var centerApplication = application{
	name: "center", title: "the management center", main: "io.mosquittoha.management.Main",
	folder: "/usr/lib/mosquitto-ha/center", config: "/center/config/management-center.properties", heap: "80m",
	flags: []string{"-Xms24m", "-Xmn12m", "-Xss512k", "-XX:TieredStopAtLevel=1", "-Dorg.sqlite.lib.path=/usr/lib/mosquitto-ha/center", "-Dorg.sqlite.lib.name=libsqlitejdbc.so"},
}

type javaSettings struct {
	application
	java  string
	extra []string // further flags for the virtual machine
}

var heapSize = regexp.MustCompile(`^(1[6-9]|[2-9][0-9]|[1-9][0-9]{2,4})[mM]$|^[1-9][0-9]?[gG]$`)

func (a application) settings(arguments []string) (javaSettings, error) {
	s := javaSettings{application: a}
	set := flags(a.name)
	set.StringVar(&s.java, "java", "/usr/lib/mosquitto-ha/runtime/bin/java", "the `program` that runs "+a.title)
	set.StringVar(&s.folder, a.name, a.folder, "`folder` of the jars of "+a.title)
	set.StringVar(&s.config, "config", a.config, "the settings `file` of "+a.title)
	set.StringVar(&s.heap, "heap", a.heap, "the most memory that the heap of "+a.title+" may take, as a `size` like "+a.heap)
	if err := set.Parse(arguments); err != nil {
		return s, err
	}
	if !heapSize.MatchString(s.heap) {
		return s, fmt.Errorf("--heap %q is no size of 16m or more: write one like %s", s.heap, a.heap)
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
func (s javaSettings) command() ([]string, error) {
	jars, err := filepath.Glob(filepath.Join(s.folder, "*.jar"))
	if err != nil {
		return nil, err
	}
	if len(jars) == 0 {
		return nil, fmt.Errorf("there is no jar in %s: this image has not %s", s.folder, s.title)
	}
	slices.Sort(jars)
	// A heap that begins small stays small while there is little to keep: the size that Java chooses would be filled with
	// rubbish first, 50 MB of it.
	command := []string{s.java, "-XX:+UseSerialGC", "-Xmx" + s.heap, "-XX:-UsePerfData", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED"}
	command = append(command, s.flags...)
	archive := filepath.Join(s.folder, s.name+".jsa")
	switch _, err := os.Stat(archive); {
	case err == nil:
		// Where it does not fit (another java, say), the program starts without it, more slowly.
		command = append(command, "-XX:SharedArchiveFile="+archive, "-Xshare:auto")
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	command = append(command, s.extra...)
	return append(command, "-cp", strings.Join(jars, ":"), s.main, s.config), nil
}

// launch runs the program. It decides nothing: signals go on as they come.
func (a application) launch(arguments []string) (int, error) {
	s, err := a.settings(arguments)
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
			say(fmt.Sprintf("%s ended with exit code %d", s.title, code))
			return code, nil
		case got := <-told:
			send(child, got.(syscall.Signal))
		}
	}
}
