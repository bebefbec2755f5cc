package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The test binary plays launch and java as well: these machines need neither, and signals want a process of their own.
func TestMain(m *testing.M) {
	switch os.Getenv("CHILD") {
	case "":
		os.Exit(m.Run())
	case "launch":
		os.Setenv("CHILD", "java")
		code, err := agentApplication.launch(os.Args[1:])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(code)
	case "java":
		told := make(chan os.Signal, 8)
		signal.Notify(told, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
		fmt.Println(strings.Join(os.Args, " "))
		for got := range told {
			fmt.Println("got", got)
			if got == syscall.SIGTERM {
				os.Exit(42)
			}
		}
	}
}

func jars(t *testing.T, names ...string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestTheAgentIsStartedWithItsJarsInOrderAndItsHeap(t *testing.T) {
	folder := jars(t, "z.jar", "a.jar", "readme.txt")
	for _, right := range []string{"16m", "192m", "1024m", "1g"} {
		if _, err := agentApplication.settings([]string{"--heap", right}); err != nil {
			t.Error(err)
		}
	}
	s, err := agentApplication.settings([]string{"--agent", folder, "--heap", "64m", "--config", "/c", "--", "-Dx=y"})
	if err != nil {
		t.Fatal(err)
	}
	command, err := s.command()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "a.jar") + ":" + filepath.Join(folder, "z.jar")
	if end := command[len(command)-5:]; !slices.Equal(end, []string{"-Dx=y", "-cp", path, "io.mosquittoha.agent.Main", "/c"}) {
		t.Errorf("%q", end)
	}
	if !slices.Contains(command, "-Xmx64m") || strings.Contains(strings.Join(command, " "), "SharedArchive") {
		t.Errorf("%q", command)
	}
}

func TestAnArchiveOfClassesIsUsedWhenItIsThere(t *testing.T) {
	folder := jars(t, "a.jar", "agent.jsa", "center.jsa")
	for _, application := range []application{agentApplication, centerApplication} {
		s, err := application.settings([]string{"--" + application.name, folder})
		if err != nil {
			t.Fatal(err)
		}
		command, err := s.command()
		if err != nil || !slices.Contains(command, "-XX:SharedArchiveFile="+filepath.Join(folder, application.name+".jsa")) {
			t.Errorf("%q, %v", command, err)
		}
	}
}

func TestWhatCannotStartIsSaid(t *testing.T) {
	if _, err := (javaSettings{application: application{folder: t.TempDir()}}).command(); err == nil || !strings.Contains(err.Error(), "no jar") {
		t.Errorf("%v", err)
	}
	for _, wrong := range [][]string{{"--heap", "much"}, {"--heap", "0"}, {"--heap", "15m"}, {"--heap", "192"}, {"--heap", "-Xint"}, {"--", "Main"}, {"Main"}} {
		if _, err := agentApplication.settings(wrong); err == nil {
			t.Errorf("%q passes", wrong)
		}
	}
}

func TestTheManagementCenterFindsTheLibraryOfItsStoreBesideItsJars(t *testing.T) {
	s, err := centerApplication.settings([]string{"--center", jars(t, "a.jar"), "--heap", "256m"})
	if err != nil {
		t.Fatal(err)
	}
	command, err := s.command()
	if err != nil || !slices.Contains(command, "-Xmx256m") || !slices.Contains(command, "-Dorg.sqlite.lib.path=/usr/lib/mosquitto-ha/center") {
		t.Errorf("%q, %v", command, err)
	}
	if end := command[len(command)-2:]; !slices.Equal(end, []string{"io.mosquittoha.management.Main", "/center/config/management-center.properties"}) {
		t.Errorf("%q", end)
	}
}

func TestSignalsReachTheAgentAndItsExitCodeIsLaunchs(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	launch, err := os.StartProcess(os.Args[0], []string{os.Args[0], "--java", os.Args[0], "--agent", jars(t, "a.jar")},
		&os.ProcAttr{Env: append(os.Environ(), "CHILD=launch"), Files: []*os.File{os.Stdin, write, os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	write.Close()
	defer launch.Kill()
	until := func(word string) string {
		var seen strings.Builder
		buffer := make([]byte, 4096)
		read.SetReadDeadline(time.Now().Add(10 * time.Second))
		for !strings.Contains(seen.String(), word) {
			n, err := read.Read(buffer)
			seen.Write(buffer[:n])
			if err != nil && err != io.EOF {
				t.Fatalf("no %q in %q: %v", word, seen.String(), err)
			}
		}
		return seen.String()
	}
	until("io.mosquittoha.agent.Main")
	for _, one := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT} {
		launch.Signal(one)
		until("got " + one.String())
	}
	launch.Signal(syscall.SIGTERM)
	state, err := launch.Wait()
	if err != nil || state.ExitCode() != 42 {
		t.Errorf("it ends with %v, %v", state, err)
	}
	if rest := until("exit code 42"); strings.Contains(rest, "-Xmx") {
		t.Errorf("%q", rest)
	}
}
